"""From a claimed run to the ``spec.json`` its runner executes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bottega.agent.containers.engine import Engine
from bottega.agent.sandbox import Facilities
from bottega.agent.sandbox.limits import HOME_BYTES, PIDS, TMP_BYTES
from bottega.agent.tools.toolbox import Toolbox
from bottega.runs.messages import ClaimedRun, SecretFileReply
from bottega.settings import AgentSettings, ContainerSettings


def runner_spec(
    run: ClaimedRun,
    *,
    facilities: Facilities,
    uid: int | None,
    work: Path,
    mirrors: Path,
    notify_socket: Path,
    toolbox: Toolbox,
    settings: AgentSettings,
    region: str,
    files: Sequence[SecretFileReply] = (),
    server_url: str = "",
) -> dict[str, Any]:
    """The document of the spool folder; ``work`` is where the attempt's own folder will be.

    ``files`` are the answers to the requests for the run's secret files, in their order. ``server_url`` is where this
    agent reaches the server, if it knows better than the server. ``region`` is where images are pushed to by steps that
    name none.
    """
    opening = run.spec["opening"]
    tools = toolbox.tools
    if run.attempt > 1:
        opening += f" (attempt {run.attempt}: the agent of the attempt before was lost)"
    return {
        "run_id": run.run_id,
        "attempt": run.attempt,
        "lease_token": run.lease_token,
        "recorder_id": run.recorder_id,
        "name": run.name,
        "number": run.number,
        "timeout_seconds": run.spec["timeout_seconds"],
        "workspace": str(work / f"{run.run_id}.{run.attempt}" / "workspace"),
        "facilities": facilities.to_dict(),
        "uid": uid,
        "limits": {
            "pids": PIDS,
            "file_bytes": run.workspace_bytes,
            "tmp_bytes": TMP_BYTES,
            "home_bytes": HOME_BYTES,
            **run.limits,
        },
        "workspace_bytes": run.workspace_bytes,
        "log_limit_bytes": run.log_limit_bytes,
        "network": run.spec["network"],
        "env": {**run.spec["env"], **run.secret_env},
        "secrets": list(run.secret_env.values()),
        "time_zone": run.time_zone,
        "notify_socket": str(notify_socket),
        "git": run.git,
        "mirrors_root": str(mirrors),
        "read_only_paths": list(dict.fromkeys([*run.read_only_paths, *toolbox.declared_paths()])),
        "tools": None if tools is None else [tool.to_dict() for tool in tools],
        "image_match": settings.image_match,
        "containers": containers(toolbox.engine, settings.containers, region),
        "stop_grace": run.stop_grace_seconds,
        "opening": opening,
        "notes": run.spec.get("notes", []),
        "steps": run.spec["steps"],
        "server_url": server_url or run.server_url,
        "secret_files": [
            {"name": name, "refusal": file.refusal}
            for name, file in zip(run.secret_files, files, strict=True)
        ],
    }


def containers(engine: Engine | None, settings: ContainerSettings, region: str) -> dict[str, Any]:
    """What a runner's spec says about container images."""
    return {
        "engine": (engine or Engine()).to_dict(),
        "insecure_registries": settings.insecure_registries,
        "mirrors": settings.mirrors,
        "push_to": settings.push_to,
        "region": region,
    }
