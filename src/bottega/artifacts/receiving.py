"""Taking in what runs upload.

A version belongs to one build task. Within it a build replaces its own files, also those of an earlier attempt; those
of another build only when it was told to, and the run is told whose they were.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.artifacts.names import checked_name, checked_path
from bottega.artifacts.service import alone
from bottega.artifacts.tables import ArtifactFile, PackageVersion
from bottega.clock import epoch_ms
from bottega.errors import Conflict, Unavailable
from bottega.ids import new_hex
from bottega.runs import queries
from bottega.runs.tables import Run
from bottega.settings import ArtifactSettings
from bottega.store.database import Database
from bottega.transfers.doomed import doom
from bottega.transfers.service import Received

KIND = "artifact"
RUN_FILES = 10_000
"""Files one run may keep, and each job of a build flow is one."""


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What a run says of a file. Without a package it is the task's name, without a version the build's number."""

    package: str
    version: str
    path: str
    stage: str
    overwrite: bool


class ArtifactReceiver:
    """Registered with the transfers for uploads of the kind "artifact"."""

    def __init__(self, database: Database, settings: ArtifactSettings) -> None:
        self._database = database
        self._settings = settings

    def admit(self, session: Session, run: Run, details: Mapping[str, Any], size: int) -> dict[str, Any]:
        """Refuse what could not be kept, before it is sent. Raises :class:`Invalid`, :class:`Conflict`,
        :class:`Unavailable`.
        """
        checked = _details(run, details)
        if size > self._settings.file_bytes:
            raise Conflict(f"{checked.path} has {size} bytes, {self._settings.file_bytes} are allowed")
        self._check_room(session, run, size)
        version = _version(session, run, checked)
        if version is not None:
            _replaceable(run, checked, _file(session, version, checked.path))
        return msgspec.structs.asdict(checked)

    def keep(
        self, session: Session, run: Run, details: Mapping[str, Any], received: Received
    ) -> dict[str, Any]:
        """Put the file into its version. The answer: ``file_id``, ``sha256``, ``size``, and whose file it replaced:
        ``replaced`` is another build, ``replaced_stage`` another stage of this one.
        """
        alone(self._database, session, run.tenant_id)
        checked = msgspec.convert(details, Details)
        self._check_room(session, run, received.size)
        version = _version(session, run, checked) or _new_version(session, run, checked)
        known = _file(session, version, checked.path)
        replaced = _replaceable(run, checked, known)
        if known is not None and (known.run_id, known.sha256) == (run.id, received.sha256):
            # It was sent again because our answer got lost, or by another attempt.
            doom(session, KIND, [received.key])
            known.attempt, known.agent_id, known.stage = run.attempt, run.agent_id or "", checked.stage
            return _answer(known, "")
        own_stage = ""
        if known is not None:
            if (known.run_id, known.attempt) == (run.id, run.attempt) and known.stage != checked.stage:
                own_stage = known.stage
            doom(session, KIND, [known.object_key])
            session.delete(known)
            session.flush()
        now = epoch_ms()
        version.changed_at = now
        file = ArtifactFile(
            id=new_hex(),
            tenant_id=run.tenant_id,
            version_id=version.id,
            path=checked.path,
            size=received.size,
            sha256=received.sha256,
            object_key=received.key,
            run_id=run.id,
            number=run.number,
            daily_number=run.daily_number,
            attempt=run.attempt,
            agent_id=run.agent_id or "",
            stage=checked.stage,
            created_at=now,
        )
        session.add(file)
        return _answer(file, replaced, own_stage)

    def _check_room(self, session: Session, run: Run, size: int) -> None:
        settings = self._settings
        of_run = select(func.count(), func.coalesce(func.sum(ArtifactFile.size), 0)).where(
            ArtifactFile.run_id == run.id
        )
        files, kept = session.execute(of_run).one()
        if files >= RUN_FILES:
            raise Conflict(f"one build may keep {RUN_FILES} files")
        if kept + size > settings.run_bytes:
            raise Conflict(f"the files of one build may have {settings.run_bytes} bytes together")
        if settings.tenant_bytes:
            of_tenant = select(func.coalesce(func.sum(ArtifactFile.size), 0)).where(
                ArtifactFile.tenant_id == run.tenant_id
            )
            if (session.scalar(of_tenant) or 0) + size > settings.tenant_bytes:
                raise Unavailable(
                    f"the artifacts of the account may have {settings.tenant_bytes} bytes together:"
                    " delete versions that nobody needs"
                )


def _details(run: Run, raw: Mapping[str, Any]) -> Details:
    stages = [step["key"] for step in run.spec["steps"]]
    return Details(
        package=checked_name(raw.get("package") or run.task_name, "package"),
        version=checked_name(raw.get("version") or run.daily_number, "version"),
        path=checked_path(raw.get("path"), "path"),
        stage=next((one for one in stages if one == raw.get("stage")), ""),
        overwrite=raw.get("overwrite") is True,
    )


def _version(session: Session, run: Run, wanted: Details) -> PackageVersion | None:
    """The version in the run's project; None when there is none yet. Raises :class:`Conflict` for another task's."""
    query = select(PackageVersion).where(
        PackageVersion.tenant_id == run.tenant_id,
        PackageVersion.project_id == run.project_id,
        PackageVersion.package == wanted.package,
        PackageVersion.version == wanted.version,
    )
    found = session.scalars(query).one_or_none()
    if found is not None and found.task_id != _task_id(session, run):
        raise Conflict(
            f"version {wanted.version} of the package {wanted.package} belongs to the build task {found.task_name}"
        )
    return found


def _task_id(session: Session, run: Run) -> str:
    task_id = queries.task_of(session, run)
    if task_id is None:
        raise Conflict("the run is of no build task whose artifacts these could be")
    return task_id


def _new_version(session: Session, run: Run, wanted: Details) -> PackageVersion:
    now = epoch_ms()
    version = PackageVersion(
        id=new_hex(),
        tenant_id=run.tenant_id,
        project_id=run.project_id,
        task_id=_task_id(session, run),
        task_name=run.task_name,
        package=wanted.package,
        version=wanted.version,
        created_at=now,
        changed_at=now,
    )
    session.add(version)
    session.flush()
    return version


def _file(session: Session, version: PackageVersion, path: str) -> ArtifactFile | None:
    query = select(ArtifactFile).where(ArtifactFile.version_id == version.id, ArtifactFile.path == path)
    return session.scalars(query).one_or_none()


def _replaceable(run: Run, wanted: Details, known: ArtifactFile | None) -> str:
    """Whose file is replaced, or an empty text. Raises :class:`Conflict` for one that must not be."""
    if known is None or known.run_id == run.id:
        return ""
    if not wanted.overwrite:
        raise Conflict(
            f"{wanted.path} is in version {wanted.version} of the package {wanted.package} already, from build"
            f" {known.number}; another build's file is replaced only with the input overwrite"
        )
    return str(known.number)


def _answer(file: ArtifactFile, replaced: str, replaced_stage: str = "") -> dict[str, Any]:
    return {
        "file_id": file.id,
        "url": download_path(file.id),
        "size": file.size,
        "sha256": file.sha256,
        "replaced": replaced,
        "replaced_stage": replaced_stage,
    }


def download_path(file_id: str) -> str:
    """Where a file is downloaded from, below the server's address."""
    return f"/v1/artifacts/files/{file_id}/download"
