/* Run-time dispatch. A kernel's body is written once, as an always-inline function, and compiled for each level:
 *
 *     SPOOLER_BODY void add(uint8_t *d, const uint8_t *s, size_t n) { ... }
 *     SPOOLER_KERNEL(void, add, (uint8_t *d, const uint8_t *s, size_t n), (d, s, n))
 *
 * defines `spooler_add`, which jumps to the best level the machine has. gcc's target_clones would do the same, but
 * cannot be steered: here `spooler_cpu_use(level)` lets a test walk every path.
 */
#ifndef SPOOLER_CPU_H
#define SPOOLER_CPU_H

#include <stddef.h>
#include <stdint.h>

enum { SPOOLER_BASE = 0, SPOOLER_V3 = 1, SPOOLER_V4 = 2 };

extern int spooler_level;                /* the level in use */
int spooler_cpu_best(void);              /* the best that this machine has */
int spooler_cpu_use(int level);          /* use `level` or the best below it; returns what is in use */
const char *spooler_cpu_name(int level); /* "base", "x86-64-v3", "x86-64-v4" */

#define SPOOLER_BODY static inline __attribute__((always_inline))

#if defined(__x86_64__) && defined(__GNUC__)
#define SPOOLER_KERNEL(type, name, params, args)                                                          \
    static type name##_base params { return name args; }                                                  \
    __attribute__((target("arch=x86-64-v3"))) static type name##_v3 params { return name args; }          \
    __attribute__((target("arch=x86-64-v4"))) static type name##_v4 params { return name args; }          \
    type spooler_##name params                                                                            \
    {                                                                                                     \
        switch (spooler_level) {                                                                          \
        case SPOOLER_V4: return name##_v4 args;                                                           \
        case SPOOLER_V3: return name##_v3 args;                                                           \
        default: return name##_base args;                                                                 \
        }                                                                                                 \
    }
#else /* aarch64 has NEON in its baseline */
#define SPOOLER_KERNEL(type, name, params, args) \
    type spooler_##name params { return name args; }
#endif

#endif
