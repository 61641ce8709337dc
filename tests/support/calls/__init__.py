"""One good call for every operation, made of the ids of a world: what it is asked with, and which ids it names.

A new operation without a call here fails the tests that go through all operations.
"""

from tests.support.calls import accounts, build_tasks, builds, checks
from tests.support.calls.request import Calls

CALLS: Calls = {**accounts.CALLS, **build_tasks.CALLS, **builds.CALLS, **checks.CALLS}
