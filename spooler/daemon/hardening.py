"""What a process can do so that the data in its memory stays there: no core dumps, no debugger, no swap.

- RLIMIT_CORE 0, and PR_SET_DUMPABLE 0 (prctl(2)): the kernel writes no core, and a pipe in core_pattern gets none.
  /proc/PID/mem and ptrace are then for root alone: gdb, strace -p and py-spy on a running spooler need root.
- mlockall(2) with MCL_ONFAULT: pages stay in memory once they are touched. Only where the process may lock as much as
  it likes (root, CAP_IPC_LOCK or LimitMEMLOCK=infinity): under the usual limit of 8 MiB every later allocation would
  fail. Where it may not, that is told, and swap should be encrypted or off.

Root can undo or go round all of this.
"""

import ctypes
import os
import resource
from typing import Final

_PR_SET_DUMPABLE: Final = 4
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4


def harden() -> bool:
    """Once, before there is anything to hide; whether memory is kept from swap. Raises OSError for a kernel without."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel refuses to keep this process from being dumped")
    endless = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY
    if not (endless or os.geteuid() == 0):
        return False
    return bool(libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0)
