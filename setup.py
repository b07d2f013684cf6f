"""The extensions; everything else is in pyproject.toml.

Kernels are required: a build without them fails loudly, because a slow spooler that looks healthy is worse than none.
Each ext/NAME.pyx binds the plain C of ext/NAME_kernels.c; cpu.c picks the instruction set at run time. -O3 stays:
gcc does not vectorise the separation loops at -O2.
"""

from glob import glob
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

#: What an extension is linked with beyond the C library: both are Debian's (zlib1g-dev comes with python3-dev).
LIBRARIES = {"png": ["z"], "scale": ["jpeg"]}
#: Plain C beyond NAME_kernels.c.
MORE = {"frl": ["ext/encode_kernels.c"], "scale": ["ext/jpeg_kernels.c"]}
CFLAGS = ["-O3", "-std=gnu11", "-fno-math-errno", "-fvisibility=hidden", "-Wall"]

extensions = [
    Extension(
        f"spooler.ext.{name}",
        sources=[f"ext/{name}.pyx", f"ext/{name}_kernels.c", "ext/cpu.c", *MORE.get(name, [])],
        # depends also puts the .pyx, the headers and the shared parts into the sdist
        depends=[f"ext/{name}.pyx", *sorted(glob("ext/*.h")), *sorted(glob("ext/*.pxi"))],
        include_dirs=["ext"],
        libraries=LIBRARIES.get(name, []),
        extra_compile_args=CFLAGS,
    )
    for name in sorted(Path(p).stem for p in glob("ext/*.pyx"))
]
if not extensions:
    raise SystemExit("ext/*.pyx are missing: this tree is incomplete")

setup(
    ext_modules=cythonize(
        extensions,
        build_dir="build/cython",
        include_path=["ext"],
        compiler_directives={
            "language_level": "3",
            "boundscheck": False,
            "wraparound": False,
            "cdivision": True,
            "embedsignature": True,
        },
    ),
)
