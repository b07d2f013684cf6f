"""Job queues that a city could use in our place, each durable before its answer: one file for each, one silhouette."""

from . import beanstalkd, postgresql, redis, spooler
from .contract import CannotServeError, Peer

#: Ours first.
PEERS: tuple[Peer, ...] = (spooler.PEER, beanstalkd.PEER, redis.PEER, postgresql.PEER)

__all__ = ["PEERS", "CannotServeError", "Peer"]
