"""From the end of a check to messages for everybody who wants to know: on both databases, really sent."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from bottega.app import Services
from bottega.check.notices.hooks import HookChange
from bottega.check.notices.tables import CheckNoticeHook, CheckNoticeSetting
from bottega.check.scans.accepting import add_scan, take_number
from bottega.check.tasks.families import branch_task, merge_task
from bottega.check.tasks.settings import Gate, GateItem, MergeRequest
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.clock import epoch_ms
from bottega.notify.tables import Delivery, DeliveryState
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from bottega.transfers.service import Received
from tests.build.notices.conftest import add_user
from tests.check.notices.conftest import COMMIT, PUBLIC_URL, Checks
from tests.support.databases import seed_project, seed_tenant
from tests.support.http_sink import Reply, http_sink
from tests.support.runs import new_run

SECRET = "SECsecret0123456789"
COMPLETED, FAILED, GATE_FAILED = "taskExecuteCompleted", "taskExecuteFailed", "codeGateFailed"
STRICT = {"gate": Gate(items=[GateItem(severity=severity, on=True) for severity in range(4)])}
ALL_OFF = {
    event: {"MAIL": False, "MESSAGE": False}
    for event in ("executeTask", "executeTaskFailed", "codeGateFailed")
}

Ending = Callable[[Checks, CheckScan], CheckScan]


def no_result(checks: Checks, scan: CheckScan) -> CheckScan:
    """The agent says that there will be none."""
    with checks.database.write() as session:
        run = session.get_one(Run, scan.run_id)
        details = {"scan": scan.id, "reason": "out of memory"}
        received = Received(key="scan/none", size=0, sha256="")
        checks.services.scan_receiver.keep(session, run, details, received)
    return checks.scan(scan)


ENDS: list[tuple[str, Ending, list[str]]] = [
    ("success", lambda checks, scan: checks.stored(scan, []), [COMPLETED]),
    ("success", lambda checks, scan: checks.stored(scan, [1]), [GATE_FAILED]),
    ("failed", lambda checks, scan: checks.spoilt(scan), [FAILED]),
    ("failed", no_result, [FAILED]),
    ("failed", lambda checks, scan: checks.run_ends(scan, RunState.FAILURE), [FAILED]),
    ("failed", lambda checks, scan: checks.run_ends(scan, RunState.TIMEOUT), [FAILED]),
    ("aborted", lambda checks, scan: checks.run_ends(scan, RunState.ABORTED), []),
]


@pytest.mark.parametrize(("state", "end", "events"), ENDS)
def test_the_end_of_a_check_is_told_once(checks: Checks, state: str, end: Ending, events: list[str]) -> None:
    scan = end(checks, checks.begun(checks.task(settings=STRICT)))
    assert scan.state == state
    checks.run_ends(scan, RunState.SUCCESS)
    checks.storage.scan()
    checks.services.scan_leftovers.sweep()
    assert [message.event for message in checks.told()] == events
    assert checks.outbox() == []
    assert [message.event for message in checks.told()] == events


def test_the_words_of_a_check_whose_gate_failed(checks: Checks) -> None:
    task_id = checks.task(name="shop-2", settings=STRICT)
    checks.stored(checks.begun(task_id), [2])
    scan = checks.stored(checks.begun(task_id), [2, 0, 0], limits=["only 1 of 2 cores"])
    checks.change(scan, started_at=1_700_000_000_000, finished_at=1_700_000_065_400)
    (message,) = [one for one in checks.told() if one.data["check_no"] == 2]
    assert message.title == "Check #2 of shop-2 did not pass its quality gate"
    link = f"https://build.example.com/console/checks/{task_id}/scans/{scan.id}"
    assert message.facts == [
        ("Project", "workshop"),
        ("Branch", "main"),
        ("Commit", COMMIT[:12]),
        ("Started by", "admin"),
        ("Trigger", "MANUAL"),
        ("Ended", "2023-11-15 06:14:25 Asia/Shanghai"),
        ("Duration", "1 min 5 s"),
        ("Found", "3 open issues (2 fatal, 0 serious, 1 general, 0 hint)"),
        ("New issues", "2"),
        ("Not looked at", "only 1 of 2 cores"),
        ("Quality gate", "2 fatal issues, 0 are allowed; 1 general issues, 0 are allowed"),
        ("Page", link),
        ("Sent by", "Bottega"),
    ]
    expected = {
        "task_id": task_id,
        "task_name": "shop-2",
        "project_name": "workshop",
        "job_id": scan.id,
        "check_no": 2,
        "status": "success",
        "review_result": "error",
        "critical_count": 2,
        "major_count": 0,
        "minor_count": 1,
        "suggestion_count": 0,
        "issue_count": 3,
        "new_count": 2,
        "commit_id": COMMIT,
        "check_type": "branch",
        "branch": "main",
        "url": link,
    }
    assert expected.items() <= message.data.items()
    assert link == f"{PUBLIC_URL.rstrip('/')}{message.page}"


def test_a_check_that_went_wrong_says_why_and_counts_nothing(checks: Checks) -> None:
    checks.run_ends(checks.begun(), RunState.FAILURE, reason="git: no such\nbranch")
    (message,) = checks.told()
    assert message.title == "Check #1 of shop failed"
    assert dict(message.facts)["Reason"] == "git: no such branch"
    assert not {"Found", "New issues", "Quality gate"} & dict(message.facts).keys()
    assert not {"issue_count", "critical_count"} & message.data.keys()


def test_a_merge_request_is_told_by_the_settings_of_its_family(checks: Checks) -> None:
    checks.services.check_notices.set_task(checks.alice, checks.task_id, {"executeTask": {"MAIL": True}})
    request = MergeRequest(source_branch="feature", target_branch="main", merge_id="7", title="Faster")
    with checks.database.write() as session:
        root = session.get_one(CheckTask, checks.task_id)
        merge_id = merge_task(session, root, request).id
        branch_id = branch_task(session, root, "dev").id
    checks.stored(checks.begun(merge_id), [])
    checks.stored(checks.begun(branch_id), [])
    of_request, of_branch = checks.told()
    facts = dict(of_request.facts)
    assert (facts["Branch"], facts["Merge request"]) == ("feature onto main", "7 Faster")
    assert (of_request.data["merge_id"], of_request.data["target_branch"]) == ("7", "main")
    assert dict(of_branch.facts)["Branch"] == "dev"
    assert [row.event for row in checks.deliveries()] == [COMPLETED, COMPLETED]
    assert [row.origin for row in checks.deliveries()] == [merge_id, branch_id]


def test_a_check_within_a_build_is_told_to_who_started_the_build(checks: Checks) -> None:
    bea = add_user(checks.database, checks.alice, "bea", "bea@example.com")
    with checks.database.write() as session:
        run = checks.services.runs.submit(session, new_run(bea, 9, task_name="release"))
        task = session.get_one(CheckTask, checks.task_id)
        take_number(session, task)
        scan = add_scan(session, task, run.id, branch="main", user_name=run.user_name)
    checks.run_ends(scan, RunState.FAILURE)
    (told,) = checks.told(bea.user_id)
    facts = dict(told.facts)
    assert (facts["Build"], facts["Started by"]) == ("#9 of release", "bea")
    assert [message.title for message in checks.told(checks.alice.user_id)] == ["Check #1 of shop failed"]


def test_creator_and_starter_hear_of_it_once_each_and_nobody_else(checks: Checks) -> None:
    bea = add_user(checks.database, checks.alice, "bea", "bea@example.com")
    add_user(checks.database, checks.alice, "cid", "cid@example.com")
    gone = add_user(checks.database, checks.alice, "dan", "dan@example.com", enabled=False)
    other = seed_tenant(checks.database, "other")
    theirs = checks.task(caller=other, project_id=seed_project(checks.database, other))
    checks.run_ends(checks.begun(checks.task(caller=gone), bea), RunState.FAILURE)
    checks.run_ends(checks.begun(), RunState.FAILURE)
    checks.run_ends(checks.begun(theirs, other), RunState.FAILURE)
    counts = {one.user_id: len(checks.told(one.user_id)) for one in (checks.alice, bea, gone, other)}
    assert list(counts.values()) == [1, 1, 0, 1]
    assert len(checks.told()) == 3
    assert sorted(row.shown_target for row in checks.deliveries()) == ["alice@example.com", "bea@example.com"]


def test_by_default_messages_tell_everything_and_mail_what_went_wrong(checks: Checks) -> None:
    strict = checks.task(settings=STRICT)
    checks.stored(checks.begun(), [])
    checks.stored(checks.begun(strict), [1])
    checks.run_ends(checks.begun(), RunState.FAILURE)
    assert [message.event for message in checks.told()] == [COMPLETED, GATE_FAILED, FAILED]
    assert [(row.channel, row.event) for row in checks.deliveries()] == [
        ("MAIL", GATE_FAILED),
        ("MAIL", FAILED),
    ]


def test_a_task_goes_before_its_project_and_that_before_the_defaults(checks: Checks) -> None:
    notices, alice = checks.services.check_notices, checks.alice
    loud = checks.task(name="loud")
    notices.set_project(alice, checks.project_id, ALL_OFF)
    notices.set_task(alice, loud, {"executeTaskFailed": {"MESSAGE": True}})
    checks.run_ends(checks.begun(), RunState.FAILURE)
    checks.run_ends(checks.begun(loud), RunState.FAILURE)
    checks.stored(checks.begun(loud), [])
    assert [message.title for message in checks.told()] == ["Check #1 of loud failed"]
    notices.set_project(alice, checks.project_id, {})
    checks.stored(checks.begun(loud), [])
    assert [message.title for message in checks.told()][1:] == ["Check #3 of loud succeeded"]


def test_mail_and_a_signed_webhook_arrive(checks: Checks) -> None:
    with http_sink() as sink:
        url = sink.url("/hooks/token-0123456789")
        made = checks.services.check_hooks.add(
            checks.alice, checks.task_id, HookChange(url=url, secret=SECRET)
        )
        sink.replies = [Reply(503)]
        scan = checks.run_ends(checks.begun(), RunState.FAILURE, reason="no agent")
        checks.send()
        with checks.database.write() as session:
            for row in checks.deliveries():
                session.get_one(type(row), row.id).next_try_at = 1
        checks.send()
        checks.send()
    assert [letter.mail["Subject"] for letter in checks.mail.letters] == ["[Bottega] Check #1 of shop failed"]
    assert "Reason: no agent" in checks.mail.letters[0].mail.get_content()
    first, second = sink.received
    assert first.json == second.json
    assert (second.json["event"], second.headers["x-bottega-event"]) == (FAILED, FAILED)
    assert second.json["data"]["job_id"] == scan.id
    signed = f"{second.headers['x-bottega-timestamp']}.".encode() + second.body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert second.headers["x-bottega-signature"] == f"sha256={expected}"
    assert {row.state for row in checks.deliveries()} == {DeliveryState.SENT}
    with checks.database.read() as session:
        row = session.get_one(CheckNoticeHook, made.id)
    for secret in (SECRET, "token-0123456789"):
        assert secret.encode() not in row.sealed_target
        assert secret not in repr(made)


def test_robots_hear_of_what_they_were_set_to(checks: Checks) -> None:
    hooks, alice = checks.services.check_hooks, checks.alice
    wanted: dict[str, dict[str, Any]] = {
        "all": {},
        "failures": {"events": ["executeTaskFailed"]},
        "nothing": {"events": []},
        "off": {"on": False},
        "robot": {"channel": "feishu", "events": ["codeGateFailed"]},
    }
    for name, more in wanted.items():
        hooks.add(alice, checks.task_id, HookChange(url=f"http://127.0.0.1:1/{name}/secret-0123", **more))
    checks.stored(checks.begun(), [])
    checks.run_ends(checks.begun(), RunState.FAILURE)
    made = [(row.event, row.shown_target) for row in checks.deliveries() if row.channel != "MAIL"]
    assert made == [
        (COMPLETED, "http://127.0.0.1:1/all/******"),
        (FAILED, "http://127.0.0.1:1/all/******"),
        (FAILED, "http://127.0.0.1:1/failures/******"),
    ]


def test_what_waits_follows_a_webhook_and_ends_with_it(checks: Checks) -> None:
    hooks, alice = checks.services.check_hooks, checks.alice
    urls = [f"http://127.0.0.1:1/{name}/secret-0123" for name in ("first", "second")]
    first, second = [hooks.add(alice, checks.task_id, HookChange(url=url)).id for url in urls]
    with checks.database.write() as session:
        branch_id = branch_task(session, session.get_one(CheckTask, checks.task_id), "dev").id
    checks.stored(checks.begun(branch_id), [])

    def waiting() -> list[str]:
        return [row.shown_target for row in checks.deliveries() if row.state == DeliveryState.PENDING]

    assert len(waiting()) == 2
    later = epoch_ms() + 600_000
    with checks.database.write() as session:
        session.execute(update(Delivery).values(next_try_at=later))
    hooks.update(alice, checks.task_id, first, HookChange(events=["executeTask"]))
    assert [row.next_try_at for row in checks.deliveries()] == [later, later]
    hooks.update(alice, checks.task_id, first, HookChange(url="http://127.0.0.1:1/new/secret-0123"))
    assert [row.next_try_at < later for row in checks.deliveries()] == [True, False]
    assert waiting() == ["http://127.0.0.1:1/new/******", "http://127.0.0.1:1/second/******"]
    hooks.update(alice, checks.task_id, first, HookChange(on=False))
    assert waiting() == ["http://127.0.0.1:1/second/******"]
    hooks.remove(alice, checks.task_id, second)
    assert waiting() == []


def set_up(checks: Checks, task_id: str) -> None:
    """The task has switches of its own and a webhook, and one of its checks has ended."""
    alice, services = checks.alice, checks.services
    services.check_notices.set_task(alice, task_id, {"executeTask": {"MAIL": True}})
    services.check_hooks.add(alice, task_id, HookChange(url="http://127.0.0.1:1/hook"))
    checks.stored(checks.begun(task_id), [])


def left(checks: Checks) -> dict[str, int]:
    with checks.database.read() as session:
        kinds: tuple[Any, ...] = (CheckNoticeSetting, CheckNoticeHook)
        return {kind.__tablename__: len(session.scalars(select(kind)).all()) for kind in kinds}


def test_of_a_deleted_task_nothing_is_told_and_nothing_is_left(checks: Checks) -> None:
    set_up(checks, checks.task_id)
    assert len(checks.deliveries()) == 2
    checks.stored(checks.begun(), [])
    checks.services.check_removal.delete(checks.alice, checks.task_id)
    checks.send()
    assert (checks.mail.letters, checks.deliveries(), checks.outbox()) == ([], [], [])
    assert set(left(checks).values()) == {0}
    # What was told before is the readers' own.
    assert len(checks.told()) == 1


def test_while_the_last_check_of_a_deleted_task_still_ends_nothing_is_sent(checks: Checks) -> None:
    set_up(checks, checks.task_id)
    scan = checks.begun()
    with checks.database.write() as session:
        on_an_agent = {"state": "RUNNING", "attempt": 1, "agent_id": "a" * 32, "lease_token": "b" * 32}
        leased = update(Run).where(Run.id == scan.run_id)
        session.execute(leased.values(**on_an_agent, lease_expires_at=epoch_ms() + 600_000))
    assert len(checks.deliveries()) == 2
    checks.services.check_removal.delete(checks.alice, checks.task_id)
    assert {row.state for row in checks.deliveries()} == {DeliveryState.WITHDRAWN}
    assert set(left(checks).values()) == {0}
    checks.end_run_of(scan, RunState.FAILURE)
    assert len(checks.told()) == 1
    assert checks.services.check_removal.sweep() == 1
    assert checks.deliveries() == []


def test_a_deleted_project_takes_its_switches_along(checks: Checks) -> None:
    checks.services.check_notices.set_project(checks.alice, checks.project_id, ALL_OFF)
    set_up(checks, checks.task_id)
    other = checks.task(project_id=seed_project(checks.database, checks.alice, "other"))
    checks.services.check_hooks.add(checks.alice, other, HookChange(url="http://127.0.0.1:1/hook"))
    checks.services.projects.delete(checks.alice, checks.project_id)
    checks.services.check_removal.sweep()
    assert left(checks) == {"check_notice_settings": 0, "check_notice_hooks": 1}
    assert checks.deliveries() == []


def test_what_was_noted_is_told_after_a_restart(checks: Checks) -> None:
    checks.stored(checks.begun(), [])
    assert len(checks.outbox()) == 1
    again = Services(checks.services.settings)
    try:
        assert again.notice_fan_out.work() == 1
    finally:
        again.close()
    assert [message.event for message in checks.told()] == [COMPLETED]
