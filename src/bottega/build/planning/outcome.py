"""What planning comes to, written in one transaction: the run may begin, or it has ended."""

from typing import Any

import msgspec
from sqlalchemy.orm import Session

from bottega.build.demands import also_demanded
from bottega.build.files.rights import require_usage
from bottega.build.parameters import NETWORK_PARAMETER
from bottega.build.planning import requests
from bottega.build.planning.planned import PlannedRun
from bottega.errors import Forbidden
from bottega.iam.standing import principal_of
from bottega.runs.held import PLAN
from bottega.runs.service import RunService
from bottega.runs.spec import RunSpec
from bottega.runs.states import RunState
from bottega.runs.tables import Run


def held_run(session: Session, run_id: str) -> Run | None:
    """The run if it still waits for its plan. Its row comes first wherever rows are locked."""
    run = session.get(Run, run_id, with_for_update=True)
    if run is None or run.state != RunState.QUEUED or run.held != PLAN:
        return None
    return run


def begin(
    session: Session, runs: RunService, run_id: str, *, planned: PlannedRun, commit: str, url: str
) -> None:
    """Let agents have the run; it fails when its user may not use a file that it needs."""
    run = held_run(session, run_id)
    if run is None:
        return
    try:
        user = principal_of(session, run.tenant_id, run.user_id)
        require_usage(session, user, planned.secret_files)
    except Forbidden as refused:
        refuse(session, runs, run_id, str(refused), commit)
        return
    runs.held.release(
        session,
        run_id,
        PLAN,
        spec=msgspec.to_builtins(filled(msgspec.convert(run.spec, RunSpec), planned, url)),
        parameters=[*run.parameters, *planned.parameters],
        pool=planned.pool or run.pool,
        arch=planned.arch or run.arch,
        flavor=planned.flavor or run.flavor,
        demands=also_demanded(run.demands, planned.steps, planned.flavor),
        commit_id=commit,
    )
    runs.reported.fire_source(session, run)
    requests.forget(session, run_id)


def refuse(session: Session, runs: RunService, run_id: str, reason: str, commit: str = "") -> None:
    """The run ends before it began; ``commit`` is the one it would have built, where that was found."""
    found: dict[str, Any] = {"commit_id": commit} if commit else {}
    runs.held.refuse(session, run_id, PLAN, reason, **found)
    requests.forget(session, run_id)


def filled(spec: RunSpec, planned: PlannedRun, url: str) -> RunSpec:
    """The specification of a held run with what its file asks for; ``url`` is the file's repository."""
    return msgspec.structs.replace(
        spec,
        env=planned.env,
        steps=planned.steps,
        secret_files=planned.secret_files,
        notes=planned.notes,
        steps_of=url,
        # A file may do without the network that its task has, never the other way round.
        network=spec.network and planned.env.get(NETWORK_PARAMETER, "").lower() != "off",
    )
