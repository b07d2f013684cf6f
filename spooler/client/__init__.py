"""The library that applications use: `open_client` for trio, `connect` for everybody else."""

from spooler.wire import Notification

from .aio import AsyncClient, Watching, open_client
from .blocking import BlockingClient, connect
from .errors import ConnectionLost, ServerError

__all__ = [
    "AsyncClient",
    "BlockingClient",
    "ConnectionLost",
    "Notification",
    "ServerError",
    "Watching",
    "connect",
    "open_client",
]
