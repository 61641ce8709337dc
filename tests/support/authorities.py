"""The system's certificate authorities, read once per process: every set of services reads them, for some 40 ms."""

import ssl
from functools import cache

from bottega.notify import service
from bottega.notify.outgoing import tls_context

_of_the_system = cache(tls_context)


def pytest_configure() -> None:
    service.tls_context = _tls_context


def _tls_context(ca_file: str = "") -> ssl.SSLContext:
    return tls_context(ca_file) if ca_file else _of_the_system()
