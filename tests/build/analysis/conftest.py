"""The server and builds of the tests of logs."""

from tests.build.logs.conftest import logged, server, workshop

__all__ = ["logged", "server", "workshop"]
