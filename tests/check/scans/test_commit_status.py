"""Forges hear of checks beside their commits; one whose gate failed is a failure there."""

from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import update

from bottega.check.tasks.settings import MergeRequest
from bottega.check.tasks.tables import CheckScan
from bottega.runs.tables import Run
from tests.build.commit_status.test_telling import COMMIT, Told, told
from tests.check.scans.checks import new_task

__all__ = ["told"]


def _task(told: Told, **more: Any) -> str:
    server: Any = SimpleNamespace(services=told.services, callers={"alice": told.alice})
    url = f"http://127.0.0.1:{told.forge.port}/group/shop.git"
    return new_task(server, told.project_id, url, name="shop", **more)


def _checked(told: Told, task_id: str, **scan: Any) -> Run:
    """A check that has been done, with this result."""
    accepted = told.services.scans.run(told.alice, task_id)
    with told.services.database.write() as session:
        run = session.get_one(Run, accepted.run_id)
        run.commit_id, run.state = COMMIT, "RUNNING"
        session.flush()
        told.statuses.outbox.checked_out(session, run)
    told.tell()
    with told.services.database.write() as session:
        values = {"state": "success", "counts": [0, 2, 0, 0], **scan}
        session.execute(update(CheckScan).where(CheckScan.id == accepted.id).values(**values))
    told.end(run)
    told.tell()
    return run


def test_a_check_is_told_with_what_it_found_and_what_its_gate_says(told: Told) -> None:
    task_id = _task(told)
    _checked(told, task_id, gate="error", gate_faults=["2 serious issues, 0 are allowed"])
    first = told.forge.received[-1].json
    assert told.states == ["running", "failed"]
    assert (first["name"], first["description"]) == (
        "bottega/check/shop",
        "Check 1 failed: quality gate: 2 serious issues, 0 are allowed",
    )
    assert first["target_url"] == f"https://build.example.com/v2/tasks/{task_id}/defects-summary"
    _checked(told, task_id, gate="success")
    assert told.states[2:] == ["running", "success"]
    said = cast("dict[str, str]", told.forge.received[-1].json)["description"]
    assert said == "Check 2 succeeded: 2 open issues (0 fatal, 2 serious, 0 general, 0 hint)"


def test_a_merge_request_has_a_status_of_its_own(told: Told) -> None:
    request = MergeRequest(source_branch="feature", target_branch="master", merge_id="7")
    _checked(told, _task(told, kind="mr", task_type="inc", branch="feature", merge_request=request))
    assert told.forge.received[-1].json["name"] == "bottega/check/shop/merge-request"
