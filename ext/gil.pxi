# Letting go of the GIL where it pays. A thread that gives it up must get it back, and if another has it meanwhile it is
# put to sleep and woken again: some 60 us from core to core, more than many a kernel takes. So a kernel that is short
# keeps it; each caller estimates its own nanoseconds. A card lets go twice, and two threads draw nearly what two
# processes draw, where they drew seven tenths when every kernel let go (bench/bench_threads.py).

cdef extern from "Python.h" nogil:
    ctypedef struct PyThreadState:
        pass
    PyThreadState *PyEval_SaveThread()
    void PyEval_RestoreThread(PyThreadState *)

cdef enum:
    WORTH_IT = 50000  # nanoseconds


cdef inline PyThreadState *let_go(double nanoseconds) noexcept:
    """Between this and take_back nothing of Python may be touched."""
    return PyEval_SaveThread() if nanoseconds >= WORTH_IT else NULL


cdef inline void take_back(PyThreadState *state) noexcept nogil:
    if state != NULL:
        PyEval_RestoreThread(state)
