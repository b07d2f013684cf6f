"""The library that applications use: `open_client` for trio, `connect` for everybody else.

These are one connection each. `open_lasting_client` and `connect_lasting` connect again by themselves, send again what
may be sent again, and wait where the spooler is busy: what a counter's front end or a batch importer wants.
"""

from spooler.wire import Notification

from .aio import AsyncClient, Watching, open_client
from .blocking import BlockingClient, connect
from .errors import ConnectionLost, ServerError
from .lasting import Batching, Patience, Progress
from .lasting_aio import LastingClient, open_lasting_client
from .lasting_blocking import BlockingLastingClient, connect_lasting
from .secure import tls_context

__all__ = [
    "AsyncClient",
    "Batching",
    "BlockingClient",
    "BlockingLastingClient",
    "ConnectionLost",
    "LastingClient",
    "Notification",
    "Patience",
    "Progress",
    "ServerError",
    "Watching",
    "connect",
    "connect_lasting",
    "open_client",
    "open_lasting_client",
    "tls_context",
]
