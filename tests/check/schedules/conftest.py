"""Check tasks on the server for all tests of a process."""

from tests.build.conftest import server, workshop

__all__ = ["server", "workshop"]
