"""Backends by name, through the entry points of the installed distribution."""

import pytest

from spooler.backends import registry
from spooler.backends.evolis import FAMILY
from spooler.backends.simulator.evolis import simulate
from spooler.backends.tcp import TcpTransport


def test_what_is_registered_is_found():
    assert "evolis" in registry.families()
    assert registry.family("evolis") is FAMILY
    assert registry.simulator("evolis") is simulate
    assert isinstance(registry.open_transport("tcp://127.0.0.1:9100"), TcpTransport)


def test_what_is_not_registered_is_named_with_what_there_is():
    with pytest.raises(registry.UnknownBackendError, match=r"no printer family 'fargo9'; there are: .*evolis"):
        registry.family("fargo9")
    with pytest.raises(registry.UnknownBackendError, match=r"no transport 'pigeon'; there are: .*tcp"):
        registry.open_transport("pigeon://loft")
