"""What belongs to another tenant does not exist: not by any id, in any operation, at any place of a call."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.support.application import Application, World, application, nowhere
from tests.support.calls import CALLS
from tests.support.operations import OPEN, Operation, operations
from tests.support.rows import all_rows
from tests.support.signing import sign

COUNTING = {"GET /metrics"}
ID = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}|[A-Za-z0-9_-]{64}|\b[0-9a-f]{24}\b"
)
MOMENT = re.compile(
    r"(?<=project_num_id\":)\d+|\d{13}|\d{4}-\d\d-\d\dT[\d:.+]+Z?|\d{8}\.\d+|j_\w{8}|\b(?:3|777)\b"
)

pytestmark = pytest.mark.sweep
THEIR_BUILD_NO = "3"
PROOFS = {
    ("keystone_create_token", "token"),
    ("receive_hook", "hook_secret"),
    ("show_public_badge", "badge_token"),
}
"""There the token or secret is no id: who has it may act with it."""


class Tenants(msgspec.Struct, frozen=True):
    """One tenant has built its task three times and the other, who asks, twice."""

    app: Application
    operations: list[Operation]
    theirs: World
    own: World
    them: httpx.Client
    me: httpx.Client
    kept: dict[str, set[str]]
    seen: dict[str, tuple[int, str]]

    def operation(self, name: str) -> Operation:
        return next(one for one in self.operations if one.name == name)

    def what_they_see(self) -> dict[str, tuple[int, str]]:
        """Every answer the other tenant can get without changing anything."""
        seen: dict[str, tuple[int, str]] = {}
        for operation in self.operations:
            if operation.reads and operation.name in CALLS.keys() - COUNTING:
                answer = operation.send(self.them, self.theirs)
                seen[operation.name] = answer.status_code, without_passing_time(answer.text)
        return seen


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenants]:
    with application(tmp_path_factory.mktemp("isolation")) as app:
        served = operations(app.routes)
        with app.caller(app.token(app.mine)) as them, app.caller(app.token(app.other)) as me:
            theirs = app.world(app.mine, them)
            assert them.post("/v1/job/execute", json={"job_id": theirs.job_id}).status_code == 200
            before = what_is_kept(app)
            own = app.world(app.other, me)
            both = what_is_kept(app)
            tenants = Tenants(app, served, theirs, own, them, me, {}, {})
            tenants.seen.update(tenants.what_they_see())
            # Looking leaves traces too: downloads are audited.
            now = what_is_kept(app)
            tenants.kept.update({table: rows - (both[table] - before[table]) for table, rows in now.items()})
            yield tenants
            assert tenants.what_they_see() == tenants.seen


def what_is_kept(app: Application) -> dict[str, set[str]]:
    """All rows and all files, but for what is about the tenant who asks."""
    asking = {app.other.domain_id, app.other.user_id, app.other.iam_project_id, app.other.project_id}
    found = all_rows(app.services.database)
    kept = {table: {repr(row) for row in rows} for table, rows in found.items()}
    data = Path(app.services.settings.data_dir)
    files = [path for folder in ("logs", "objects") for path in (data / folder).rglob("*") if path.is_file()]
    kept["files"] = {f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files}
    # A row is about somebody whose id is anywhere in it. There are many rows.
    return {
        name: {row for row in rows if not any(one in row for one in asking)} for name, rows in kept.items()
    }


def without_passing_time(text: str) -> str:
    """What a waiting build shows is as old as it is now."""
    return re.sub(r'"(duration|pending_duration)": ?\d+', "", text) if '"' in text else ""


def normal(answer: httpx.Response) -> tuple[int, str, str]:
    """An answer without ids and times."""
    text = MOMENT.sub("<time>", ID.sub("<id>", answer.text))
    return answer.status_code, answer.headers.get("content-type", ""), text


def mixed(own: World, other: World, name: str, kept: dict[str, str]) -> World:
    changes = {name: getattr(other, name)} if name != "all" else other.ids
    return msgspec.structs.replace(own, **{**changes, **kept})


def shows(operation: Operation, world: World, name: str) -> bool:
    """Whether a call names this id at all."""
    marked = msgspec.structs.replace(world, **{name: "MARK"})
    request = CALLS[operation.name](marked)
    in_path = f"{{{name}}}" in operation.path and name not in request.path
    return in_path or "MARK" in repr(request)


def test_every_operation_has_a_call(tenants: Tenants) -> None:
    assert {operation.name for operation in tenants.operations} == set(CALLS)


@pytest.mark.parametrize("name", sorted(CALLS.keys() - COUNTING))
def test_anothers_ids_are_answered_like_ids_that_never_were(tenants: Tenants, name: str) -> None:
    operation = tenants.operation(name)
    theirs = msgspec.structs.replace(tenants.theirs, build_no=THEIR_BUILD_NO, waiting_build_no=THEIR_BUILD_NO)
    for field in [*World.__struct_fields__, "all"]:
        if field != "all" and not shows(operation, tenants.own, field):
            continue
        kept = {one: getattr(tenants.own, one) for called, one in PROOFS if called == name}
        asked = operation.send(tenants.me, mixed(tenants.own, theirs, field, kept))
        never = operation.send(tenants.me, mixed(tenants.own, nowhere(), field, kept))
        assert normal(asked) == normal(never), field
        assert not leaked(tenants, asked), field
    if not operation.reads:
        assert not changed(tenants)


def changed(tenants: Tenants) -> dict[str, set[str]]:
    """What is gone or other than it was of the other tenant's, and what is new and about it, by table."""
    now = what_is_kept(tenants.app)
    theirs = {value for value in tenants.theirs.ids.values() if len(value) > 8}
    faults = {
        table: (rows - now[table])
        | {row for row in now[table] - rows if not theirs.isdisjoint(ID.findall(row))}
        for table, rows in tenants.kept.items()
    }
    return {table: rows for table, rows in faults.items() if rows}


def leaked(tenants: Tenants, answer: httpx.Response) -> list[str]:
    """What the answer tells of the other tenant beside the ids it was asked with."""
    asked = repr(answer.request.url) + repr(answer.request.content) + repr(answer.request.headers)
    known = {key: value for key, value in tenants.theirs.ids.items() if len(value) > 8}
    return [key for key, value in known.items() if value in answer.text and value not in asked]


@pytest.mark.parametrize("name", sorted(CALLS.keys() - OPEN))
def test_an_access_key_opens_no_other_tenants_project(tenants: Tenants, name: str) -> None:
    """The headers that choose a project or an account choose among the caller's own."""
    operation = tenants.operation(name)
    for header, field in (("X-Project-Id", "iam_project_id"), ("X-Domain-Id", "domain_id")):
        answers: list[tuple[int, str, str]] = []
        for world in (tenants.theirs, nowhere()):
            url = f"{tenants.app.url}{operation.url({})}"
            request = httpx.Request(operation.method, url, headers={header: getattr(world, field)})
            answers.append(normal(tenants.me.send(sign(request, tenants.app.other))))
        assert answers[0] == answers[1]
        assert answers[0][0] == 401
