"""The running spooler: the only room with tasks."""

from .engine import serve
from .hardware import ConfigMismatchError, check_backends, check_templates
from .inspection import Inspector
from .log import set_up_logging
from .peers import TokenFileError
from .plates import Plates
from .server import Addresses

__all__ = [
    "Addresses",
    "ConfigMismatchError",
    "Inspector",
    "Plates",
    "TokenFileError",
    "check_backends",
    "check_templates",
    "serve",
    "set_up_logging",
]
