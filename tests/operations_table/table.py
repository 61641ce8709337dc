"""The page of all operations with the tests that prove them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from huaweicloudsdkcodeartsbuild.v3 import CodeArtsBuildClient
from litestar import Litestar
from litestar.exceptions import HTTPException

from tests.operations_table.recording import Calls
from tests.support.operations import Operation, operations

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "operations.md"
SHOWN = 3
"""Tests named for each operation: those that ask for the fewest other things."""

HEAD = """# Operations and the tests that prove them

Written by `make coverage-table`, which runs the tests and notes which operation each of them calls with success. It
fails when an operation of the official Build SDK has none. Tests that go through all operations (fuzzing,
authentication, isolation, hostile values) do not count here. *family* is the generation of the API, *SDK* tells
whether the official SDK has a method of that name. What each operation does: [HTTP operations](http-operations.md).

"""
_DECLARED = re.compile(r'def _(\w+)_http_info\(.*?"method": "(\w+)",\s*"resource_path": "([^"]+)"', re.DOTALL)


class Proven(msgspec.Struct, frozen=True):
    """An operation, and the node ids of the tests that call it."""

    operation: Operation
    tests: list[str]


def contract() -> dict[str, str]:
    """Method and path of every operation of the official Build SDK, by name."""
    source = Path(str(CodeArtsBuildClient.__init__.__code__.co_filename)).read_text("utf-8")
    return {name: f"{method} {path}" for name, method, path in _DECLARED.findall(source)}


def prove(routes: Litestar, calls: Calls) -> list[Proven]:
    """Sort the recorded requests by operation."""
    known = operations(routes)
    names = {one.name for one in known}
    by_operation: dict[str, set[str]] = defaultdict(set)
    by_test: dict[str, set[str]] = defaultdict(set)
    for test, requests in calls.items():
        for method, path in requests:
            name = _operation(routes, method, path)
            if name in names:
                by_operation[name].add(test)
                by_test[test].add(name)
    return [
        Proven(one, sorted(by_operation[one.name], key=lambda test: (len(by_test[test]), test)))
        for one in known
    ]


def _operation(routes: Litestar, method: str, path: str) -> str:
    try:
        _, handler, _, _, template = routes.asgi_router.handle_routing(path=path, method=method)  # type: ignore[arg-type]
    except HTTPException:
        return ""
    return str(getattr(handler, "operation_id", None) or f"{method} {template}")


def unproven(proven: Iterable[Proven]) -> list[str]:
    """Operations of the contract that are not served, and operations that no test calls with success."""
    tests = {one.operation.name: one.tests for one in proven}
    missing = [f"{name} ({route}) is not served" for name, route in contract().items() if name not in tests]
    return sorted(missing) + [f"{name} has no test" for name, found in tests.items() if not found]


def page(proven: Iterable[Proven]) -> str:
    """The whole document."""
    sections: dict[str, list[Proven]] = defaultdict(list)
    for one in proven:
        sections[_section(one.operation.path)].append(one)
    return HEAD + "\n".join(_part(title, sections[title]) for title in sorted(sections))


def _part(title: str, rows: list[Proven]) -> str:
    sdk = contract()
    lines = [
        f"## {title}",
        "",
        "| operation | family | method and path | SDK | tests |",
        "|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda one: (one.operation.path, one.operation.method)):
        operation = row.operation
        cells = (
            f"`{operation.name}`" if " " not in operation.name else "",
            family(operation.path),
            f"`{operation.route}`",
            "yes" if operation.name in sdk else "",
            checks(row.tests),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def checks(tests: list[str]) -> str:
    """The first tests as sentences with links, and how many more there are."""
    told = [_sentence(test) for test in tests[:SHOWN]]
    rest = len(tests) - len(told)
    return "; ".join(told) + (f"; {rest} more" if rest else "")


def _sentence(test: str) -> str:
    file, _, name = test.partition("::")
    words = name.rpartition("::")[2].removeprefix("test_").replace("_", " ")
    return f"[{words}](../../{file})"


def family(path: str) -> str:
    """The generation of the API, empty for what has none."""
    found = re.match(r"/(v\d)(?:/|$)", path)
    return found[1] if found else ""


SECTIONS: Mapping[str, str] = {
    r"/v\d/(keystore)": "Files",
    r"/v\d/(templates?)/": "Templates",
    r"/v\d/(resource|domain|image)": "Tenant, resources and images",
    r"/v\d/(report)|success-ratio": "Reports",
    r"/v\d/(log)|[-/]log$": "Logs",
    r"notice|webhook": "Notices",
    r"permission": "Permissions",
    r"recycling|keep-time": "Recycle bin",
    r"/group/": "Groups",
    r"/v\d/code/": "Repositories",
    r"/v\d/record|record|history|flow-graph|output|build-info": "Records",
    r"traces": "Audit",
    r"/v4/projects?|/v4/.*members?": "Projects",
    r"/auth/|/v3/projects|^/v3/?$": "Identity",
    r"job": "Build tasks",
}


def _section(path: str) -> str:
    return next((title for pattern, title in SECTIONS.items() if re.search(pattern, path)), "Server")
