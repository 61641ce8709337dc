"""``build_if_code_updated``: whether a branch has moved on since the task was last built from it."""

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.build.branch import branch_source, builds_branch
from bottega.build.definition import Definition
from bottega.build.looking import Looking
from bottega.build.source import Source
from bottega.errors import BottegaError
from bottega.runs.tables import Run

log = structlog.get_logger(__name__)


def branch_of(definition: Definition) -> Source | None:
    """The branch the next timer run builds, or None when there is none or only a run can tell."""
    return branch_source(definition) if builds_branch(definition) else None


def last_commit(session: Session, task_id: str, chosen: Source) -> str:
    """The commit the task was last built from on this branch; empty before the first build."""
    newest = (
        select(Run.commit_id)
        .where(
            Run.task_id == task_id,
            Run.repository != "",
            Run.branch == chosen.branch,
            Run.source_url == chosen.url,
            Run.commit_id != "",
        )
        .order_by(Run.number.desc())
        .limit(1)
    )
    return session.scalar(newest) or ""


def unchanged(looking: Looking, chosen: Source, commit: str) -> bool:
    """Whether the head of the branch still is ``commit``. Blocks while the repository is asked.

    What cannot be told counts as changed: the build that follows says what is wrong, where its owner looks.
    """
    try:
        refs = looking.refs(chosen.url, "scms[0].url")
    except BottegaError as error:
        log.info("a repository could not be asked for changes", reason=str(error))
        return False
    return refs.branches.get(chosen.branch) == commit
