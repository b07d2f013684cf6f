"""MessagePack-RPC without I/O: bytes in, requests out; the limits; the method table. docs/protocol.md is its text."""

from .connection import Connection, ProtocolError
from .limits import Limits
from .messages import Encoder, Notification, Reply, Request, parse_message
from .method import Method, Param
from .methods import METHODS, check_params
from .reader import MessageReader
from .submission import parse_job
from .versions import OLDEST, PROTOCOL_VERSION, VERSIONS, agree

__all__ = [
    "METHODS",
    "OLDEST",
    "PROTOCOL_VERSION",
    "VERSIONS",
    "Connection",
    "Encoder",
    "Limits",
    "MessageReader",
    "Method",
    "Notification",
    "Param",
    "ProtocolError",
    "Reply",
    "Request",
    "agree",
    "check_params",
    "parse_job",
    "parse_message",
]
