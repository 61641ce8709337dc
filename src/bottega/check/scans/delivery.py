"""What a run that checks is told: its plan when it begins, and the verdict once its result is stored."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check import access
from bottega.check.access import Action
from bottega.check.errors import UnknownScan, UnknownTask
from bottega.check.gates.gate import gaps
from bottega.check.issues.marks import marks_of
from bottega.check.kinds import CHECK
from bottega.check.rulesets.used import used_sets
from bottega.check.scanning.plan import ScanPlan
from bottega.check.scans.accepting import add_scan, take_number
from bottega.check.scans.compiling import ACTION
from bottega.check.scans.planning import Choose, plan_of
from bottega.check.scans.states import ScanState
from bottega.check.scans.words import counts_of
from bottega.check.tasks import families, reading
from bottega.check.tasks.repositories import spelling
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid
from bottega.iam.standing import present_principal
from bottega.runs.holding import Holding, held
from bottega.runs.tables import Run
from bottega.scm.giturl import UrlRefused, parse
from bottega.store.database import Database
from bottega.transfers.errors import LeaseRefused

NO_RULES = "no rule is on for any language of the task: choose rule sets for the languages it is written in"
_REPLAYED = frozenset({ScanState.STORING, ScanState.SUCCESS, ScanState.FAILED})


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """``plan`` is None for a scan whose result is here already, from an earlier attempt of the run."""

    scan_id: str
    state: str
    plan: ScanPlan | None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """``faults`` are why the gate failed, ``gaps`` what was not looked at; both sentences.

    ``stops``: the step is to fail when the gate does. ``state`` is that of the scan.
    """

    state: str
    reason: str
    summary: str
    gate: str
    faults: list[str]
    gaps: list[str]
    stops: bool


class ScansForRuns:
    """Believes the lease, and reads everything else from its own rows."""

    def __init__(self, database: Database, chooser: Callable[[], Choose]) -> None:
        """``chooser`` may take its time; it is called outside of transactions."""
        self._database = database
        self._chooser = chooser

    def plan(self, holding: Holding, stage: str) -> Delivered:
        """What the step of that key is to scan. Asked again it is the same scan.

        In a build this makes the scan. Raises :class:`LeaseRefused`, :class:`Invalid` for a stage that checks nothing,
        :class:`UnknownTask`, :class:`Forbidden`, :class:`TaskRunning`, and :class:`Conflict` for no rules and for a
        build of another repository.
        """
        choose = self._chooser()
        with self._database.write() as session:
            run = held(session, holding, lock=True)
            if run is None:
                raise LeaseRefused
            step = next((one for one in run.spec["steps"] if one["key"] == stage), None)
            if step is None or step["action"] != ACTION:
                raise Invalid("stage", "must be a stage that checks")
            if run.kind == CHECK:
                scan = session.scalars(select(CheckScan).where(CheckScan.run_id == run.id)).one_or_none()
                if scan is None:
                    raise UnknownTask(run.task_id)
                task = session.get_one(CheckTask, scan.task_id)
            else:
                task = _task_of_step(session, run, step["inputs"])
                scan = _scan_of_build(session, run, task)
            if ScanState(scan.state) in _REPLAYED:
                return Delivered(scan_id=scan.id, state=scan.state, plan=None)
            plan = plan_of(session, task, choose)
            if not plan.choices:
                raise Conflict(NO_RULES)
            scan.state = ScanState.RUNNING
            # What is compared when the result is stored: agents do not say what they were asked for.
            marks = marks_of(plan.choices)
            marks.rule_sets = used_sets(session, task, reading.settings_of(session, task))
            scan.engines = msgspec.to_builtins(marks)
            scan.started_at = scan.started_at or epoch_ms()
            return Delivered(scan_id=scan.id, state=scan.state, plan=plan)

    def verdict(self, holding: Holding, scan_id: str) -> Verdict:
        """How far the scan of this run is, and what came out. Raises :class:`LeaseRefused`, :class:`UnknownScan`."""
        with self._database.read() as session:
            run = held(session, holding)
            if run is None:
                raise LeaseRefused
            scan = session.get(CheckScan, scan_id)
            if scan is None or scan.run_id != run.id:
                raise UnknownScan(scan_id)
            return Verdict(
                state=scan.state,
                reason=scan.reason,
                summary=_summary(scan),
                gate=scan.gate,
                faults=scan.gate_faults,
                gaps=gaps(scan.coverage),
                stops=run.kind != CHECK,
            )


def _summary(scan: CheckScan) -> str:
    counts = counts_of(scan)
    return f"check {scan.number}: {counts}" if counts else ""


def _task_of_step(session: Session, run: Run, inputs: Mapping[str, Any]) -> CheckTask:
    """The check task that a build's step names, with the rights of whoever runs the build at this moment."""
    principal = present_principal(session, run.tenant_id, run.user_id)
    if principal is None:
        raise LeaseRefused
    task_id, name = str(inputs.get("task_id") or "").strip(), str(inputs.get("name") or "").strip()
    if task_id:
        task = reading.task(session, run.tenant_id, task_id, lock=True)
    else:
        query = select(CheckTask).where(
            CheckTask.tenant_id == run.tenant_id,
            CheckTask.project_id == run.project_id,
            CheckTask.name == name,
            CheckTask.parent_id.is_(None),
            CheckTask.deleted_at.is_(None),
        )
        found = session.scalars(query.with_for_update()).one_or_none()
        if found is None:
            raise UnknownTask(name)
        task = found
    access.require_on_task(session, principal, task, Action.EXECUTE)
    _require_same_repository(run, task)
    root = reading.root_of(session, task)
    if run.build_type == "tag" and run.tag:
        return families.branch_task(session, root, run.tag, kind=families.TAG)
    return families.branch_task(session, root, run.branch) if run.branch else task


def _require_same_repository(run: Run, task: CheckTask) -> None:
    """Issues of another repository would make those of the task look fixed."""
    if not run.source_url:
        raise Conflict("the build has checked out no repository")
    try:
        found = spelling(parse(run.source_url))
    except UrlRefused:
        found = ""
    if found != task.repository:
        raise Conflict(f"the check task is for the repository {task.repository}, and the build for {found}")


def _scan_of_build(session: Session, run: Run, task: CheckTask) -> CheckScan:
    known = session.scalars(
        select(CheckScan)
        .where(CheckScan.run_id == run.id, CheckScan.task_id == task.id)
        .order_by(CheckScan.number.desc())
        .limit(1)
    ).one_or_none()
    if known is not None and known.state != ScanState.FAILED:
        return known
    take_number(session, task)
    return add_scan(
        session,
        task,
        run.id,
        branch=run.branch or run.tag,
        commit_id=run.commit_id,
        user_name=run.user_name,
    )
