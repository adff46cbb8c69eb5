"""The certificate and its key, as TLS needs them."""

import ssl
from pathlib import Path

from katalog.errors import ServerError


def tls(certificate: Path, key: Path) -> ssl.SSLContext:
    """For TLS 1.2 and later. Raises ServerError if a file cannot be read, or they do not belong together."""
    for file in (certificate, key):
        try:
            file.read_bytes()
        except OSError as error:
            raise ServerError(f"{file}: cannot be read: {error.strerror}") from None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, ValueError) as error:
        raise ServerError(
            f"{certificate} and {key} are no certificate in PEM and its key without a password: {error}"
        ) from None
    return context
