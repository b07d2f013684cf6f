"""What a figure was measured on, and the memory allocator set for all contestants alike."""

import ctypes
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PIL import features

LIBRARIES = ("pillow", "numpy", "simplejpeg", "pycairo", "zxing-cpp")

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc
_MMAP_THRESHOLD = 32 << 20  # the most that glibc takes
_TRIM_THRESHOLD = 256 << 20


def tune_malloc() -> str:
    """Keep freed pictures in the process; returns what was done, for the facts.

    By default glibc gives a freed picture back to the kernel and faults it in again page by page: Pillow looks a third
    slower than it is. Ours keeps its buffers and gains little by this.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return "default (no mallopt here)"
    if not (mallopt(_M_MMAP_THRESHOLD, _MMAP_THRESHOLD) and mallopt(_M_TRIM_THRESHOLD, _TRIM_THRESHOLD)):
        raise OSError("mallopt refused the thresholds")
    return f"mmap threshold {_MMAP_THRESHOLD >> 20} MiB, trim threshold {_TRIM_THRESHOLD >> 20} MiB"


def facts() -> dict[str, str]:
    """The machine and the libraries, as words. Names no host and no person."""
    found = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "revision": _revision(),
        "cpu": cpu_model(_read("/proc/cpuinfo")) or platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "instruction set": level(),
    }
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    found["libjpeg-turbo of Pillow"] = features.version("libjpeg_turbo") or "absent"
    return found


def cpu_model(cpuinfo: str) -> str:
    """The processor's name out of /proc/cpuinfo; empty if it does not say."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return " ".join(value.split())
    return ""


def level() -> str:
    """The instruction-set level that the kernels run at from the start."""
    from spooler.ext import raster

    return raster.cpu_features()[-1]


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError:
        return ""


def _revision() -> str:
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + (" with changes" if changed.stdout.strip() else "")
