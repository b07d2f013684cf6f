"""The running spooler: the only room with tasks."""

from .engine import Addresses, serve
from .hardware import ConfigMismatchError, check_backends
from .intake import judge_content
from .log import set_up_logging

__all__ = ["Addresses", "ConfigMismatchError", "check_backends", "judge_content", "serve", "set_up_logging"]
