#include "jpeg_kernels.h"

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>
#include <jerror.h>

struct trap {
    struct jpeg_error_mgr manager;
    jmp_buf back;
};

/* The library's own handlers end the process and print to standard error. */
static void give_up(j_common_ptr info) { longjmp(((struct trap *)info->err)->back, 1); }

static void on_message(j_common_ptr info, int level)
{
    if (level < 0) give_up(info); /* damaged data: what it would go on with is not the citizen's face */
}

static void say_nothing(j_common_ptr info) { (void)info; }

enum { ROWS = 16 }; /* handed over at a time: the most that one row of blocks gives */

int spooler_jpeg_rgb(const uint8_t *data, size_t size, int eighths, size_t width, size_t height, uint8_t *out)
{
    struct jpeg_decompress_struct info;
    struct trap trap;
    info.err = jpeg_std_error(&trap.manager);
    trap.manager.error_exit = give_up;
    trap.manager.emit_message = on_message;
    trap.manager.output_message = say_nothing;
    if (setjmp(trap.back)) {
        int memory = trap.manager.msg_code == JERR_OUT_OF_MEMORY;
        jpeg_destroy_decompress(&info);
        return memory ? SPOOLER_JPEG_MEMORY : SPOOLER_JPEG_DAMAGED;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, (unsigned char *)data, (unsigned long)size);
    jpeg_read_header(&info, TRUE);
    info.scale_num = (unsigned)eighths;
    info.scale_denom = 8;
    info.out_color_space = JCS_RGB;
    jpeg_start_decompress(&info);
    if (info.output_width != width || info.output_height != height || info.output_components != 3)
        give_up((j_common_ptr)&info);
    while (info.output_scanline < info.output_height) {
        JSAMPROW rows[ROWS];
        size_t left = info.output_height - info.output_scanline, count = left < ROWS ? left : ROWS;
        for (size_t n = 0; n < count; n++) rows[n] = out + 3 * width * (info.output_scanline + n);
        jpeg_read_scanlines(&info, rows, (JDIMENSION)count);
    }
    jpeg_finish_decompress(&info);
    jpeg_destroy_decompress(&info);
    return 0;
}
