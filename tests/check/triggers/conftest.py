"""A build task with a webhook, beside which check tasks stand, on one server for all tests of a process."""

from tests.build.conftest import server, workshop
from tests.build.hooks.conftest import hooked

__all__ = ["hooked", "server", "workshop"]
