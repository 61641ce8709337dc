"""The page of operations is up to date: what it names is there, and what is there it names."""

import re
from pathlib import Path

import pytest

from bottega.app import Services
from bottega.routes import create_routes
from bottega.settings import Settings
from tests.operations_table.table import PAGE, contract
from tests.support.operations import operations

ROW = re.compile(r"^\| `?([^|`]*)`? \| \w* \| `(\w+ [^`]+)` \| (?:yes)? ?\| (.*) \|$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\(\.\./\.\./([^)]+)\)")


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, str, str]]:
    """Name, route and tests of every operation."""
    return ROW.findall(PAGE.read_text("utf-8"))


def test_every_operation_is_there(rows: list[tuple[str, str, str]], tmp_path: Path) -> None:
    services = Services(Settings(data_dir=str(tmp_path)))
    served = operations(create_routes(services, list))
    services.close()
    assert {route for _, route, _ in rows} == {one.route for one in served}
    assert contract().items() <= {name: route for name, route, _ in rows}.items()


def test_every_operation_has_a_test_that_exists(rows: list[tuple[str, str, str]]) -> None:
    root = PAGE.parents[2]
    for name, route, told in rows:
        links = LINK.findall(told)
        assert links, name or route
        for words, file in links:
            function = f"def test_{words.replace(' ', '_')}("
            assert function in (root / file).read_text("utf-8"), f"{file} has no {function}"
