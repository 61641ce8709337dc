"""One server for all tests of a process, as the build domain has it."""

from tests.build.conftest import server, workshop

__all__ = ["server", "workshop"]
