/* Which instruction set the kernels use. Set once at import; tests move it to walk every path. */
#include "cpu.h"

int spooler_level = SPOOLER_BASE;

int spooler_cpu_best(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) return SPOOLER_V4;
    if (__builtin_cpu_supports("x86-64-v3")) return SPOOLER_V3;
#endif
    return SPOOLER_BASE;
}

int spooler_cpu_use(int level)
{
    int best = spooler_cpu_best();
    spooler_level = level < best ? (level < 0 ? SPOOLER_BASE : level) : best;
    return spooler_level;
}

const char *spooler_cpu_name(int level)
{
    switch (level) {
    case SPOOLER_V4: return "x86-64-v4";
    case SPOOLER_V3: return "x86-64-v3";
    default: return "base";
    }
}
