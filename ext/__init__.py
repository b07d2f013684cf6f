"""Kernels: Cython over plain C, without the GIL, dispatched at run time to the machine's instruction set.

They check sizes and bounds, then run; they allocate nothing and know nothing of cards or printers.
"""
