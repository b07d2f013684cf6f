"""The running spooler: the only room with tasks."""

from .engine import serve
from .hardening import harden
from .hardware import ConfigMismatchError, check_backends, check_templates
from .inspection import Inspector
from .log import set_up_logging
from .mastering import NO_MASTER_WARNING, master_of
from .peers import TokenFileError
from .plates import Plates
from .server import Addresses
from .tls import TlsFileError

__all__ = [
    "NO_MASTER_WARNING",
    "Addresses",
    "ConfigMismatchError",
    "Inspector",
    "Plates",
    "TlsFileError",
    "TokenFileError",
    "check_backends",
    "check_templates",
    "harden",
    "master_of",
    "serve",
    "set_up_logging",
]
