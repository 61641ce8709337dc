"""Rows that other parts of code check write, for tests of tasks."""

from collections.abc import Sequence
from typing import Any

from bottega.check.issues.tables import CheckFile, CheckIssue, CheckIssueCount, CheckIssueEvent
from bottega.check.kinds import CHECK
from bottega.check.languages import of_file
from bottega.check.rulesets.tables import RuleSet
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.clock import epoch_ms
from bottega.iam.principal import Principal
from bottega.ids import new_hex, new_uuid
from bottega.runs.service import RunService
from bottega.store.database import Database
from tests.support.runs import new_run


def add_rule_set(database: Database, user_id: str, tenant_id: str, project_id: str, language: str) -> str:
    """A custom rule set of the project."""
    now = epoch_ms()
    made = RuleSet(
        id=new_hex(),
        tenant_id=tenant_id,
        project_id=project_id,
        name=f"ours-{new_hex()[:8]}",
        language=language,
        rules={},
        creator_id=user_id,
        creator_name="",
        changed_by="",
        created_at=now,
        updated_at=now,
    )
    with database.write() as session:
        session.add(made)
    return made.id


def add_scan(database: Database, task_id: str, files: Sequence[str] = (), **values: Any) -> str:
    """The task's next check, which found ``files`` and was successful unless ``values`` say otherwise."""
    now = epoch_ms()
    with database.write() as session:
        task = session.get_one(CheckTask, task_id)
        task.last_number += 1
        fields: dict[str, Any] = {
            "id": new_hex(),
            "task_id": task_id,
            "tenant_id": task.tenant_id,
            "run_id": new_uuid(),
            "number": task.last_number,
            "state": "success",
            "created_at": now,
            "started_at": now,
            "finished_at": now,
            **values,
        }
        session.add(CheckScan(**fields))
        task.last_checked_at = fields["finished_at"]
        for path in files:
            written_in = of_file(path)
            language = written_in[0].name if written_in else ""
            session.merge(CheckFile(task_id=task_id, path=path, language=language))
    return fields["id"]


def add_issue(database: Database, task_id: str, scan_id: str) -> str:
    """An issue of the task that a check has found, with what counts it and what happened to it."""
    now = epoch_ms()
    issue = CheckIssue(
        id=new_hex(),
        task_id=task_id,
        tenant_id="",
        number=1,
        rule="ruff:F401",
        engine="ruff",
        language="PYTHON",
        severity=1,
        status=0,
        is_new=True,
        path="a.py",
        line=1,
        column=1,
        end_line=1,
        end_column=2,
        message="unused",
        fingerprint="",
        found_at=now,
        found_in=scan_id,
        seen_in=scan_id,
    )
    alike = {name: getattr(issue, name) for name in ("task_id", "rule", "language", "severity", "status")}
    with database.write() as session:
        session.add(issue)
        session.flush()
        session.add(CheckIssueCount(**alike, is_new=True, deferred=False, count=1))
        session.add(CheckIssueEvent(issue_id=issue.id, at=now, by="tests", status=0))
    return issue.id


def add_run(database: Database, runs: RunService, owner: Principal, task_id: str, project_id: str) -> str:
    """A check of the task that waits for an agent."""
    with database.write() as session:
        return runs.submit(session, new_run(owner, kind=CHECK, task_id=task_id, project_id=project_id)).id
