"""Deliveries become builds, once, and it is remembered what came of each."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import update

from bottega.build.hooks import handling
from bottega.build.hooks.receiving import MAX_BODY_BYTES
from bottega.build.hooks.tables import HookDelivery
from bottega.errors import Unavailable
from bottega.iam.principal import Right
from bottega.iam.tables import User
from bottega.ids import new_hex
from tests.build.hooks import forges
from tests.build.hooks.conftest import Hooked, Sender
from tests.build.hooks.forges import COMMIT, GONE, encoded, gitlab_push, push


@pytest.mark.parametrize(
    ("sender", "payload", "forge"),
    [
        (forges.github, push(), "github"),
        (forges.gitea, push(), "gitea"),
        (forges.gogs, push(), "gogs"),
        (forges.gitlab, gitlab_push(), "gitlab"),
        (forges.codearts, gitlab_push(), "codearts"),
    ],
)
def test_a_push_builds_the_pushed_commit(
    hooked: Hooked, sender: Sender, payload: dict[str, Any], forge: str
) -> None:
    answer = hooked.sent(payload, sender)
    (run,) = hooked.runs
    assert answer == {
        "delivery_id": answer["delivery_id"],
        "state": "STARTED",
        "reason": "",
        "build_no": 1,
        "record_id": run.id,
        "repeated": False,
    }
    assert (run.commit_id, run.branch, run.trigger, run.user_name) == (COMMIT, "master", "CODE", "admin")
    (told,) = hooked.deliveries()
    assert (told["forge"], told["ref"], told["commit_id"], told["build_no"]) == (forge, "master", COMMIT, 1)


def test_the_record_says_that_code_was_updated(hooked: Hooked) -> None:
    record = hooked.sent()["record_id"]
    info = hooked.server.http.get(f"/v1/record/{record}/info").json()["result"]
    assert info["trigger_type"].upper() in {"CODE", "CODEUPDATE"}


def test_a_delivery_that_comes_again_changes_nothing(hooked: Hooked) -> None:
    first = hooked.sent(headers={"X-GitHub-Delivery": "one"})
    again = hooked.sent(headers={"X-GitHub-Delivery": "one"})
    assert again == {**first, "repeated": True}
    assert len(hooked.runs) == len(hooked.deliveries()) == 1
    assert not hooked.sent(headers={"X-GitHub-Delivery": "two"})["repeated"]
    assert len(hooked.runs) == 2


def test_one_delivery_that_comes_many_times_at_once_starts_one_build(hooked: Hooked) -> None:
    with ThreadPoolExecutor(8) as threads:
        same = {"X-GitHub-Delivery": "one"}
        answers = list(threads.map(lambda _: hooked.send(headers=same), range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len(hooked.runs) == len(hooked.stored) == 1


def test_strangers_cannot_tell_a_hook_from_none(hooked: Hooked) -> None:
    wrong = {**hooked.hook, "secret": "another secret"}
    nowhere = {**hooked.hook, "id": new_hex()}
    answers = [
        hooked.send(hook=wrong),
        hooked.send(hook=nowhere),
        hooked.send(hook={**hooked.hook, "id": "x"}),
        hooked.send(headers={"X-Hub-Signature-256": "sha256=" + "0" * 64}),
        hooked.server.http.post(f"/hooks/{hooked.hook['id']}"),
        hooked.server.http.post(f"/hooks/{new_hex()}", content=b"{"),
        hooked.send({"ref": "none"}, hook={**nowhere, "secret": ""}),
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert answers[0].json()["error_code"] == "CB.00060214"
    assert not hooked.stored


def test_a_body_without_end_is_refused(hooked: Hooked) -> None:
    def parts() -> Any:
        yield from [b" " * 65536] * (MAX_BODY_BYTES // 65536 + 1)

    headers = {"X-Gitlab-Token": hooked.hook["secret"]}
    answer = hooked.server.http.post(f"/hooks/{hooked.hook['id']}", content=parts(), headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (413, "APIGW.0201")


def test_a_body_that_cannot_be_read_is_refused_with_the_reason(hooked: Hooked) -> None:
    answer = hooked.send({**push(), "ref": "master"})
    assert answer.status_code == 400
    assert answer.json()["error_msg"] == "ref: is neither a branch nor a tag"
    assert not hooked.stored


@pytest.mark.parametrize(
    ("payload", "event", "reason"),
    [
        ({"zen": "Design for failure."}, "ping", "ping tells of no push"),
        ({"action": "opened"}, "pull_request", "pull_request tells of no push"),
        (push("refs/heads/other"), "push", "the task builds branch master, not other"),
        (push(after=GONE), "push", "the branch master was deleted"),
        (push(message="words [skip ci]"), "push", "the commit's message says [skip ci]"),
        (
            push(url="https://git.example.com/a/b"),
            "push",
            "other repository: the push is not to the one the task builds",
        ),
    ],
)
def test_what_starts_no_build_is_remembered_with_the_reason(
    hooked: Hooked, payload: dict[str, Any], event: str, reason: str
) -> None:
    answer = hooked.sent(payload, headers={"X-GitHub-Event": event})
    assert (answer["state"], answer["reason"], answer["build_no"]) == ("IGNORED", reason, None)
    assert [(one["state"], one["reason"]) for one in hooked.deliveries()] == [("IGNORED", reason)]
    assert not hooked.runs


def test_a_hook_with_patterns_builds_what_fits_although_the_task_does_not(hooked: Hooked) -> None:
    hook = hooked.create(branches=["release/*"], tags=["v*"])
    assert hooked.sent(push("refs/heads/release/2"), hook=hook)["build_no"] == 1
    assert hooked.sent(push("refs/tags/v2"), hook=hook)["build_no"] == 2
    assert hooked.sent(push(), hook=hook)["state"] == "IGNORED"
    branch, tag = hooked.runs
    assert (branch.branch, branch.commit_id) == ("release/2", COMMIT)
    assert (tag.build_type, tag.tag) == ("tag", "v2")


def test_a_name_that_git_does_not_know_is_refused(hooked: Hooked) -> None:
    hook = hooked.create(branches=["*"])
    answer = hooked.sent(push("refs/heads/a..b"), hook=hook)
    assert answer["state"] == "REFUSED"
    assert "contains '..'" in answer["reason"]


@pytest.mark.parametrize("operation", ["disable", "delete"])
def test_a_task_that_is_out_of_work_is_not_built(hooked: Hooked, operation: str) -> None:
    path = f"/v1/job/{hooked.job_id}/{operation}"
    if operation == "delete":
        assert hooked.server.http.delete(path).status_code == 200
    else:
        assert hooked.server.http.post(path, json={"disabled": True}).status_code == 200
    answer = hooked.sent()
    assert answer["state"] == "IGNORED"
    assert operation[:6] in answer["reason"]
    assert not hooked.runs


def test_builds_have_the_rights_of_who_saved_the_task_at_this_moment(hooked: Hooked) -> None:
    alice = hooked.server.callers["alice"]
    with hooked.server.services.database.write() as session:
        session.get_one(User, alice.user_id).enabled = False
    answer = hooked.sent(headers={"X-GitHub-Delivery": "one"})
    assert (answer["state"], answer["reason"]) == ("REFUSED", "the user admin is disabled")
    with hooked.server.services.database.write() as session:
        session.get_one(User, alice.user_id).enabled = True
    # Whoever sends it once more has repaired something.
    again = hooked.send(headers={"X-GitHub-Delivery": "one"}).json()
    assert (again["repeated"], again["state"]) == (False, "STARTED")


def test_a_push_that_cannot_be_built_now_is_built_later(
    hooked: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = hooked.server.services.runs
    monkeypatch.setattr(runs, "refusal", lambda: "the disk is low")
    answer = hooked.sent()
    assert (answer["state"], answer["reason"]) == ("WAITING", "the disk is low")
    handler = hooked.server.services.hooks.handler
    handler.scan()
    assert not hooked.runs
    make_due(hooked)
    handler.scan()
    assert [(one.state, one.tries) for one in hooked.stored] == [("WAITING", 2)]
    monkeypatch.undo()
    make_due(hooked)
    handler.scan()
    handler.scan()
    assert [run.commit_id for run in hooked.runs] == [COMMIT]
    assert [(one.state, one.next_try_at) for one in hooked.stored] == [("STARTED", None)]


def test_a_push_that_could_not_be_built_for_a_day_is_given_up(
    hooked: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooked.server.services.runs, "refusal", lambda: "the disk is low")
    hooked.sent()
    make_due(hooked, received_at=1)
    hooked.server.services.hooks.handler.scan()
    (told,) = hooked.deliveries()
    assert (told["state"], told["reason"]) == ("REFUSED", "given up after a day: the disk is low")


def test_a_defect_loses_no_push(hooked: Hooked, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("boom")

    monkeypatch.setattr(handling, "decide", broken)
    assert hooked.sent()["state"] == "WAITING"
    monkeypatch.undo()
    make_due(hooked)
    hooked.server.services.hooks.handler.scan()
    assert len(hooked.runs) == 1


def test_a_push_that_was_stored_when_the_server_died_is_found_by_the_scan(
    hooked: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = hooked.server.services.hooks.handler
    monkeypatch.setattr(handler, "handle", lambda _delivery: None)
    assert hooked.sent()["state"] == "WAITING"
    monkeypatch.undo()
    make_due(hooked)
    handler.scan()
    assert len(hooked.runs) == 1


def test_two_replicas_that_scan_at_once_start_one_build(
    hooked: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = hooked.server.services.hooks.handler
    monkeypatch.setattr(handler, "handle", lambda _delivery: None)
    hooked.sent()
    monkeypatch.undo()
    (delivery,) = hooked.stored
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(handler.handle, [delivery] * 4))
    assert len(hooked.runs) == 1


def test_a_hook_remembers_the_newest_deliveries(hooked: Hooked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bottega.build.hooks.history.KEPT", 3)
    for _ in range(6):
        hooked.sent({}, headers={"X-GitHub-Event": "ping"})
    assert len(hooked.stored) == 3


def test_not_too_many_may_wait(hooked: Hooked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bottega.build.hooks.history.MAX_WAITING", 2)

    def full() -> str:
        raise Unavailable("the queue is full")

    monkeypatch.setattr(hooked.server.services.runs, "refusal", full)
    assert [hooked.send().status_code for _ in range(3)] == [202, 202, 503]


def test_a_form_is_read_as_well(hooked: Hooked) -> None:
    body = b"payload=" + encoded(push()).replace(b" ", b"+").replace(b"&", b"%26")
    headers = forges.github(hooked.hook["secret"], body)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    answer = hooked.server.http.post(f"/hooks/{hooked.hook['id']}", content=body, headers=headers)
    assert (answer.status_code, answer.json()["state"]) == (202, "STARTED")


def test_rights_are_those_of_the_last_saver_and_not_of_who_made_the_hook(hooked: Hooked) -> None:
    server = hooked.server
    alice = server.callers["alice"]
    with server.services.database.write() as session:
        session.add(
            User(
                id=(other := new_hex()),
                tenant_id=alice.tenant_id,
                number=2,
                name="eve",
                password_hash="",
                created_at=1,
            )
        )
    eve = type(alice)(
        tenant_id=alice.tenant_id,
        tenant_name=alice.tenant_name,
        user_id=other,
        user_name="eve",
        iam_project_id=alice.iam_project_id,
        rights=frozenset(Right),
    )
    server.callers["eve"] = eve
    body = {**hooked.body, "job_id": hooked.job_id}
    with server.caller("eve") as http:
        assert http.post("/v1/job/update", json=body).status_code == 200
    # Eve has no rights any more when the push comes.
    assert hooked.sent()["state"] == "REFUSED"


def make_due(hooked: Hooked, **values: Any) -> None:
    with hooked.server.services.database.write() as session:
        mine = HookDelivery.task_id == hooked.job_id
        session.execute(update(HookDelivery).where(mine).values(next_try_at=1, **values))


def test_a_push_of_very_many_commits_is_taken(hooked: Hooked) -> None:
    commits = [{"id": f"{one:040x}", "message": "m" * 400, "added": ["f" * 400]} for one in range(2048)]
    answer = hooked.sent({**push(), "commits": commits})
    assert (answer["state"], answer["build_no"]) == ("STARTED", 1)
