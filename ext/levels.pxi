# The instruction-set levels of an extension whose kernels are compiled for each (cpu.h). Each extension has its own.

cdef extern from "cpu.h" nogil:
    int spooler_cpu_best()
    int spooler_cpu_use(int level)
    const char *spooler_cpu_name(int level)

spooler_cpu_use(spooler_cpu_best())


def cpu_features():
    """Names of the levels that this machine has, the best last; the best is in use from the start."""
    return tuple(spooler_cpu_name(level).decode() for level in range(spooler_cpu_best() + 1))


def use_cpu(level=None):
    """Run this extension's kernels at `level`, or at the best the machine has: for tests and benchmarks.

    Returns the level in use. Raises ValueError for one that the machine does not have.
    """
    names = cpu_features()
    if level is not None and level not in names:
        raise ValueError(f"this machine has no level {level!r}; it has {', '.join(names)}")
    return spooler_cpu_name(spooler_cpu_use(names.index(level) if level is not None else len(names) - 1)).decode()
