"""TLS for programs on other machines: version 1.3 alone, so there is no cipher to choose and none to get wrong."""

import ssl
from pathlib import Path
from typing import Final

import trio

from spooler.config import TlsConfig

_COMMON_NAME: Final = "commonName"


class TlsFileError(Exception):
    """A certificate or key that cannot be used; the sentence says which and why."""


def server_context(config: TlsConfig) -> ssl.SSLContext:
    """The context of a listener. Raises TlsFileError."""
    assert config.certificate is not None, "the config was checked"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(config.certificate, config.key)
    except (OSError, ssl.SSLError) as error:
        raise TlsFileError(f"{config.certificate} with its key {config.key}: {_why(error)}") from error
    if config.client_ca is not None:
        try:
            context.load_verify_locations(Path(config.client_ca))
        except (OSError, ssl.SSLError) as error:
            raise TlsFileError(f"{config.client_ca}: {_why(error)}") from error
        context.verify_mode = ssl.CERT_OPTIONAL  # one that is shown must be good; a token does as well
    return context


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "no PEM that fits together (certificate, key, authority)"
    return str(error.strerror)


async def greet(
    stream: trio.SocketStream, context: ssl.SSLContext, seconds: float
) -> "trio.SSLStream[trio.SocketStream]":
    """The stream after its handshake. Raises trio.BrokenResourceError where that fails or takes too long."""
    secured = trio.SSLStream(stream, context, server_side=True, https_compatible=True)
    with trio.move_on_after(seconds):
        await secured.do_handshake()
        return secured
    await trio.aclose_forcefully(stream)
    raise trio.BrokenResourceError("no handshake")


def common_name(stream: "trio.SSLStream[trio.SocketStream]") -> str | None:
    """The common name of the client's certificate, which was verified; None without one."""
    certificate = stream.getpeercert() or {}
    for part in certificate.get("subject", ()):
        for key, value in part:
            if key == _COMMON_NAME:
                return str(value)
    return None
