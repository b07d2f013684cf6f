"""The running spooler: the only room with tasks."""

from .engine import serve
from .hardware import ConfigMismatchError, check_backends, check_templates
from .intake import judge_content
from .log import set_up_logging
from .peers import TokenFileError
from .server import Addresses

__all__ = [
    "Addresses",
    "ConfigMismatchError",
    "TokenFileError",
    "check_backends",
    "check_templates",
    "judge_content",
    "serve",
    "set_up_logging",
]
