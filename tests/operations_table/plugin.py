"""``--operations-table`` writes the page; with xdist each worker records, and the controller writes."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from bottega.app import Services
from bottega.routes import create_routes
from bottega.settings import Settings
from tests.operations_table.recording import Calls, Recording
from tests.operations_table.table import page, prove, unproven

OPTION = "--operations-table"
KEY = "operations"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        OPTION, metavar="FILE", help="write a page of all operations and the tests that prove them"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "sweep: goes through all operations, so that it proves none in particular"
    )
    if file := config.getoption(OPTION):
        config.pluginmanager.register(Table(config, Path(file)), "operations-table")


class Table:
    """What is recorded in this process and, in the controller, by its workers."""

    def __init__(self, config: pytest.Config, file: Path) -> None:
        # Only a worker of xdist has a way to tell its controller something.
        self._to_controller: dict[str, Any] | None = getattr(config, "workeroutput", None)
        self._file = file
        self._recording = Recording()
        self._calls: Calls = {}
        patch = pytest.MonkeyPatch()
        self._recording.listen(patch)
        config.add_cleanup(patch.undo)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        if item.get_closest_marker("sweep"):
            return (yield)
        with self._recording.of(item.nodeid):
            return (yield)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        for test, seen in node.workeroutput.get(KEY, {}).items():
            self._calls.setdefault(test, []).extend(seen)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        mine = self._recording.calls
        if self._to_controller is not None:
            self._to_controller[KEY] = mine
        elif exitstatus == pytest.ExitCode.OK:
            self._write(session, {**self._calls, **mine})

    def _write(self, session: pytest.Session, calls: Calls) -> None:
        with TemporaryDirectory() as folder:
            services = Services(Settings(data_dir=folder))
            proven = prove(create_routes(services, list), calls)
            services.close()
        self._file.write_text(page(proven), "utf-8")
        if lacking := unproven(proven):
            print("\n", *lacking, sep="\n")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
