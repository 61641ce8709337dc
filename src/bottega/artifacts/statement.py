"""What is stated of an artifact: in-toto's Statement v1 with SLSA's provenance v1 (slsa.dev/provenance/v1)."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from bottega import __version__
from bottega.artifacts.tables import ArtifactFile, PackageVersion
from bottega.clock import zulu
from bottega.runs.tables import Run

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:bottega:build-task:v1"


def statement(
    file: ArtifactFile, version: PackageVersion, run: Run, *, agent: str, builder: str
) -> dict[str, Any]:
    """The statement about one file. ``agent`` is a name; ``builder`` the URI of this server.

    Of private parameters it holds what records show of them, which is their name.
    """
    source = {"repository": _without_user(run.source_url), "branch": run.branch, "tag": run.tag}
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": file.path, "digest": {"sha256": file.sha256}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "task": {"id": version.task_id, "name": run.task_name, "project": run.project_id},
                    "source": {name: value for name, value in source.items() if value},
                    "parameters": {one["name"]: one["value"] for one in run.parameters},
                    "trigger": run.trigger,
                    "user": run.user_name,
                },
                "internalParameters": {
                    "build": run.number,
                    "attempt": file.attempt,
                    "stage": file.stage,
                    "agent": agent,
                    "pool": run.pool,
                    "arch": run.arch,
                    "flavor": run.flavor,
                    "sandbox": run.sandbox,
                    "package": version.package,
                    "version": version.version,
                },
                "resolvedDependencies": _dependencies(run),
            },
            "runDetails": {
                "builder": {"id": builder, "version": {"bottega": __version__}},
                "metadata": {
                    "invocationId": run.id,
                    **_times(startedOn=run.started_at, finishedOn=run.finished_at),
                },
            },
        },
    }


def _dependencies(run: Run) -> list[dict[str, Any]]:
    if not run.source_url or not run.commit_id:
        return []
    ref = f"@refs/tags/{run.tag}" if run.tag else f"@refs/heads/{run.branch}" if run.branch else ""
    return [
        {"uri": f"git+{_without_user(run.source_url)}{ref}", "digest": {"gitCommit": run.commit_id}},
    ]


def _without_user(url: str) -> str:
    """``url`` without what may be a password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"}:
        return url
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _times(**moments: int | None) -> dict[str, str]:
    return {name: zulu(at, timespec="seconds") for name, at in moments.items() if at is not None}
