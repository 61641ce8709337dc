"""The step "Download from the release repository": a real runner, the real sandbox, the real server."""

import hashlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from bottega.build.actions import ACTIONS, InputError
from bottega.iam.principal import Right
from bottega.iam.tables import Group, GroupMember, User
from bottega.ids import new_hex
from tests.agent.runner.attempts import Attempts, log_lines, output, sh
from tests.artifacts.making import LEASE, Build, new_task
from tests.build.harness import Server
from tests.support.databases import seed_project

CONTENT = bytes(range(256)) * 9000


@pytest.fixture
def build(server: Server, workshop: str) -> Build:
    return Build(server, new_task(server, workshop))


@pytest.fixture
def attempts() -> Iterator[Attempts]:
    made = Attempts()
    yield made
    made.close()


def get(**inputs: Any) -> dict[str, Any]:
    return {
        "key": "get",
        "name": "Get",
        "action": "download_artifact",
        "inputs": inputs,
        "label": "external_post_get",
    }


def run(attempts: Attempts, build: Build, *steps: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    where = {
        "run_id": build.run_id,
        "attempt": build.attempt,
        "server_url": build.server.url,
        "lease_token": LEASE,
    }
    return attempts.run(*steps, **where)


def admin_of(build: Build) -> None:
    """The user who runs the build gets the rights of an administrator, as in the tests' principal."""
    alice = build.server.callers["alice"]
    with build.server.services.database.write() as session:
        group = Group(id=new_hex(), tenant_id=alice.tenant_id, name="all", rights=[*Right])
        session.add(group)
        session.flush()
        session.add(GroupMember(group_id=group.id, user_id=alice.user_id))


def test_the_file_lies_in_the_workspace_whole_and_in_place_of_a_link(
    attempts: Attempts, build: Build
) -> None:
    admin_of(build)
    told = build.upload("lib/shop.jar", CONTENT)
    url = f"https://other-name.example.com{told['url']}"
    spool, report = run(
        attempts,
        build,
        sh("ln -s /etc/passwd shop.jar"),
        get(url=url),
        sh("sha256sum <shop.jar; test -O shop.jar", "After"),
    )
    assert report["outcome"] == "success", log_lines(spool)
    assert hashlib.sha256(CONTENT).hexdigest() in output(spool)[0]
    assert any(
        f"shop.jar: {len(CONTENT)} bytes, sha256 {told['sha256']}" in line for line in log_lines(spool)
    )


def test_it_may_have_another_name_and_a_path_is_address_enough(attempts: Attempts, build: Build) -> None:
    admin_of(build)
    told = build.upload("a.jar", b"content")
    spool, report = run(attempts, build, get(url=told["url"], name="my file"), sh("cat 'my file'", "After"))
    assert report["outcome"] == "success", log_lines(spool)
    assert output(spool) == ["content"]


def test_what_the_user_may_not_see_does_not_come(attempts: Attempts, build: Build, server: Server) -> None:
    bobs = server.callers["bob"]
    other = Build(server, new_task(server, seed_project(server.services.database, bobs), "x", "bob"), "bob")
    theirs = other.upload("a.jar", b"content")["url"]
    admin_of(build)
    urls = (theirs, "https://example.com/a.jar", "file:///etc/passwd", "http://[::1")
    steps = [{**get(url=url), "ignore_failure": True} for url in urls]
    spool, report = run(attempts, build, *steps, sh("ls | wc -l", "After"))
    assert report["outcome"] == "success", log_lines(spool)
    assert len([line for line in log_lines(spool) if "is not in the release repository" in line]) >= 4
    assert output(spool) == ["0"]


def test_only_with_the_lease_of_a_run_that_goes_on(build: Build) -> None:
    admin_of(build)
    told = build.upload("a.jar", b"content")
    path = f"{build.server.url}/agent/artifacts"
    with httpx.Client(trust_env=False, verify=False) as http:
        assert http.get(path, params={"url": told["url"]}, headers=build.headers).content == b"content"
        for headers in ({}, {**build.headers, "X-Bottega-Lease": "f" * 32}):
            assert http.get(path, params={"url": told["url"]}, headers=headers).status_code == 403
        assert http.get(path, headers=build.headers).status_code == 400
        build.change(lease_expires_at=1)
        assert http.get(path, params={"url": told["url"]}, headers=build.headers).status_code == 403


def test_a_build_of_somebody_who_was_disabled_is_given_nothing(build: Build) -> None:
    admin_of(build)
    told = build.upload("a.jar", b"content")
    alice = build.server.callers["alice"]
    with build.server.services.database.write() as session:
        session.execute(update(User).where(User.id == alice.user_id).values(enabled=False))
    path = f"{build.server.url}/agent/artifacts"
    with httpx.Client(trust_env=False, verify=False) as http:
        answer = http.get(path, params={"url": told["url"]}, headers=build.headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("inputs", "field"), [({}, "url"), ({"url": "x", "name": "a/b"}, "name"), ({"url": [1]}, "url")]
)
def test_inputs_that_cannot_be_used_are_named(inputs: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as refused:
        ACTIONS["download_artifact"].check(inputs)
    assert refused.value.field == field
