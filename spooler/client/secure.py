"""TLS at the client's end: the context, and for the blocking client a layer of bytes without I/O."""

import ssl
from pathlib import Path

from .errors import ConnectionLost


def tls_context(ca: Path | str, certificate: Path | str | None = None, key: Path | str | None = None) -> ssl.SSLContext:
    """For `tls:` addresses: trust only the authority in the PEM file `ca`; show `certificate`, if one is given.

    Raises OSError (ssl.SSLError is one) for files that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(ca)
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


class Plain:
    """No layer: bytes as they are."""

    def wrap(self, data: bytes) -> bytes:
        """To the wire."""
        return data

    def unwrap(self, data: bytes) -> bytes:
        """From the wire."""
        return data

    def pending(self) -> bytes:
        """What the layer itself has to say."""
        return b""


class Secured:
    """TLS over two buffers. `wrap` only after `shake` has said that hands were shaken."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=host)

    def shake(self, data: bytes = b"") -> bool:
        """Go on with the handshake; `pending` is to be sent. Raises ssl.SSLError where there can be none."""
        if data:
            self._in.write(data)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def wrap(self, data: bytes) -> bytes:
        """To the wire."""
        self._tls.write(data)
        return self._out.read()

    def unwrap(self, data: bytes) -> bytes:
        """From the wire; b"" where nothing is whole yet. Raises ConnectionLost at its end and for what is no TLS."""
        self._in.write(data)
        parts = []
        try:
            while True:
                part = self._tls.read(256 * 1024)
                if not part:
                    break
                parts.append(part)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:  # a certificate that the spooler does not take is told here, in TLS 1.3
            if not parts:
                raise ConnectionLost(f"the connection broke: {error.reason or error}") from None
        return b"".join(parts)

    def pending(self) -> bytes:
        """What the layer itself has to say."""
        return self._out.read()
