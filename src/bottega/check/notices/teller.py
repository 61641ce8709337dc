"""What is told of each check that has ended, looked up for many at once."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, defer, load_only

from bottega.check.notices import wording
from bottega.check.notices.events import CheckEvent, heard_as
from bottega.check.notices.outbox import SCAN
from bottega.check.notices.reading import hooks_of, switches_of_many
from bottega.check.notices.switches import channels_for
from bottega.check.notices.tables import CheckNoticeHook
from bottega.check.tasks.tables import CheckScan, CheckTask
from bottega.notify.channels import Channel
from bottega.notify.fanout import Notice, Words
from bottega.notify.recipients import known_users
from bottega.notify.tables import NoticeOutbox
from bottega.projects.tables import Project
from bottega.runs.tables import Run

_RUN_COLUMNS = load_only(Run.kind, Run.number, Run.task_name, Run.trigger, Run.user_id)


class CheckTeller:
    """For the fan-out. ``public_url`` is where the pages of checks are linked to."""

    def __init__(self, zone: ZoneInfo, public_url: str) -> None:
        self._zone = zone
        self._public_url = public_url

    def look_up(self, session: Session, tenant_id: str, rows: Sequence[NoticeOutbox]) -> Words:
        """Tasks, checks, switches, robots and people of these events."""
        tasks = _families(session, tenant_id, {row.task_id for row in rows})
        roots = {task.id: task for task in tasks.values() if task.parent_id is None}
        scans, runs = _scans(session, tenant_id, rows)
        projects = _projects(session, tenant_id, tasks.values())
        switches = switches_of_many(session, roots.values())
        hooks: defaultdict[str, list[CheckNoticeHook]] = defaultdict(list)
        for hook in hooks_of(session, roots):
            hooks[hook.task_id].append(hook)
        people = {task.creator_id for task in tasks.values()} | {run.user_id for run in runs.values()}
        users = known_users(session, tenant_id, people)

        def words(row: NoticeOutbox) -> Notice | None:
            task, scan = tasks.get(row.task_id), scans.get(row.facts[SCAN])
            root = None if task is None else roots.get(task.parent_id or task.id)
            if task is None or root is None or scan is None:
                return None
            event, run = CheckEvent(row.event), runs.get(scan.run_id)
            told = {task.creator_id, run.user_id if run else task.creator_id}
            return Notice(
                message=wording.of_scan(
                    event,
                    task,
                    scan,
                    run,
                    projects.get(task.project_id, ""),
                    public_url=self._public_url,
                    zone=self._zone,
                ),
                people={user_id: users[user_id] for user_id in sorted(told) if user_id in users},
                channels=channels_for(event, switches[root.id]),
                posts=_posts(event, hooks[root.id]),
            )

        return words


def _posts(event: CheckEvent, hooks: Sequence[CheckNoticeHook]) -> list[tuple[Channel, bytes]]:
    heard = heard_as(event)
    return [
        (Channel(hook.channel), hook.sealed_target)
        for hook in hooks
        if hook.on and not heard.isdisjoint(hook.events)
    ]


def _families(session: Session, tenant_id: str, task_ids: Collection[str]) -> dict[str, CheckTask]:
    """The tasks and their roots. Until the transaction ends nobody deletes the tasks."""
    there = and_(CheckTask.tenant_id == tenant_id, CheckTask.deleted_at.is_(None))
    locked = (
        select(CheckTask)
        .where(there, CheckTask.id.in_(task_ids))
        # Roots first, as whoever deletes families or adds to them: two that take turns would wait for each other.
        .order_by(CheckTask.parent_id.is_not(None), CheckTask.id)
        .with_for_update(read=True)
    )
    tasks = {task.id: task for task in session.scalars(locked)}
    parents = {task.parent_id for task in tasks.values() if task.parent_id} - tasks.keys()
    # Not locked: who deletes a root waits for the others of its family.
    roots = session.scalars(select(CheckTask).where(there, CheckTask.id.in_(parents)))
    return tasks | {root.id: root for root in roots}


def _scans(
    session: Session, tenant_id: str, rows: Sequence[NoticeOutbox]
) -> tuple[Mapping[str, CheckScan], Mapping[str, Run]]:
    """The checks, by their ids, and the runs they were part of."""
    ids = {row.facts[SCAN] for row in rows}
    query = select(CheckScan).where(CheckScan.tenant_id == tenant_id, CheckScan.id.in_(ids))
    # Their engines are a hash of each rule's settings, and nobody is told of those.
    scans = {scan.id: scan for scan in session.scalars(query.options(defer(CheckScan.engines)))}
    of_scans = select(Run).where(
        Run.tenant_id == tenant_id, Run.id.in_({scan.run_id for scan in scans.values()})
    )
    return scans, {run.id: run for run in session.scalars(of_scans.options(_RUN_COLUMNS))}


def _projects(session: Session, tenant_id: str, tasks: Collection[CheckTask]) -> dict[str, str]:
    query = select(Project.id, Project.name).where(
        Project.tenant_id == tenant_id, Project.id.in_({task.project_id for task in tasks})
    )
    return {row.id: row.name for row in session.execute(query)}
