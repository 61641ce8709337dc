"""Reading and deleting what is in the release repository. Another tenant's does not exist."""

from collections.abc import Iterator

import msgspec
from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import Session

from bottega.artifacts import rights
from bottega.artifacts.tables import ArtifactFile, PackageVersion
from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.build import access, reading
from bottega.build.access import Action
from bottega.build.flows.tables import FlowJob
from bottega.build.identifiers import check_job_id
from bottega.errors import NotFound
from bottega.iam.principal import Principal
from bottega.projects.service import require_project
from bottega.runs import queries
from bottega.runs.tables import Run
from bottega.store.database import Database
from bottega.store.objects import Objects
from bottega.transfers.doomed import doom

DELETED_AT_ONCE = 500


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """``newest`` is the version a file came to last. Times are epoch milliseconds, sizes bytes."""

    name: str
    versions: int
    newest: str
    changed_at: int


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version with how many files it has, and how large they are together."""

    row: PackageVersion
    files: int
    size: int


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file and the version it is of."""

    row: ArtifactFile
    version: PackageVersion


class FileFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which files of a project; empty fields do not restrict. ``record_id`` is that of a build."""

    package: str = ""
    version: str = ""
    version_id: str = ""
    record_id: str = ""


class ArtifactService:
    """What the operations ask for."""

    def __init__(self, database: Database, objects: Objects) -> None:
        self._database = database
        self._objects = objects

    def packages(
        self, principal: Principal, project_id: str, *, search: str, offset: int, limit: int
    ) -> tuple[list[Package], int]:
        """A page of the packages of a project by name, of what the caller may view. Raises :class:`NotFound`."""
        with self._database.read() as session:
            mine = self._of_project(session, principal, project_id)
            if search:
                mine = mine.where(PackageVersion.package.contains(search, autoescape=True))
            ids = mine.with_only_columns(PackageVersion.id)
            grouped = (
                select(
                    PackageVersion.package,
                    func.count().label("versions"),
                    func.max(PackageVersion.changed_at).label("changed_at"),
                )
                .where(PackageVersion.id.in_(ids))
                .group_by(PackageVersion.package)
            )
            total = session.scalar(select(func.count()).select_from(grouped.subquery())) or 0
            rows = session.execute(grouped.order_by(PackageVersion.package).offset(offset).limit(limit)).all()
            newest: dict[str, str] = {}
            latest_last = (
                select(PackageVersion.package, PackageVersion.version)
                .where(
                    PackageVersion.id.in_(ids),
                    PackageVersion.package.in_([row.package for row in rows]),
                )
                .order_by(PackageVersion.changed_at, PackageVersion.id)
            )
            for package, version in session.execute(latest_last):
                newest[package] = version
        found = [
            Package(
                name=row.package,
                versions=row.versions,
                newest=newest[row.package],
                changed_at=row.changed_at,
            )
            for row in rows
        ]
        return found, total

    def versions(
        self, principal: Principal, project_id: str, *, package: str, offset: int, limit: int
    ) -> tuple[list[Version], int]:
        """A page of the versions of a project, or of one package, newest first. Raises like :meth:`packages`."""
        with self._database.read() as session:
            mine = self._of_project(session, principal, project_id)
            if package:
                mine = mine.where(PackageVersion.package == package)
            total = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
            newest_first = mine.order_by(PackageVersion.changed_at.desc(), PackageVersion.id.desc())
            rows = session.scalars(newest_first.offset(offset).limit(limit)).all()
            figures = _figures(session, [row.id for row in rows])
        return [Version(row=row, files=figures[row.id][0], size=figures[row.id][1]) for row in rows], total

    def files(
        self, principal: Principal, project_id: str, where: FileFilter, *, offset: int, limit: int
    ) -> tuple[list[File], int]:
        """A page of the files of a project, newest versions first and by path. Raises like :meth:`packages`."""
        with self._database.read() as session:
            mine = self._of_project(session, principal, project_id)
            query = (
                select(ArtifactFile, PackageVersion)
                .join(PackageVersion, PackageVersion.id == ArtifactFile.version_id)
                .where(PackageVersion.id.in_(mine.with_only_columns(PackageVersion.id)))
            )
            equal = {
                PackageVersion.package: where.package,
                PackageVersion.version: where.version,
                PackageVersion.id: where.version_id,
                ArtifactFile.run_id: where.record_id,
            }
            query = query.where(*(column == value for column, value in equal.items() if value))
            total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
            ordered = query.order_by(
                PackageVersion.changed_at.desc(), PackageVersion.id, ArtifactFile.path
            ).offset(offset)
            return [
                File(row=row, version=version) for row, version in session.execute(ordered.limit(limit))
            ], total

    def of_build(self, principal: Principal, task_id: str, number: int) -> list[File]:
        """What a build has uploaded, with its jobs if it is a build flow, in the order in which it came; also what
        jobs had uploaded that it took over from an earlier flow.

        Raises :class:`InvalidId`, :class:`NotFound`, :class:`Forbidden`.
        """
        check_job_id(task_id)
        with self._database.read() as session:
            task = reading.task(session, principal.tenant_id, task_id)
            access.require_on_task(session, principal, task, Action.VIEW)
            run = queries.by_number(session, principal.tenant_id, task_id, number)
            taken = select(FlowJob.run_id).where(FlowJob.flow_id == run.id)
            of_run = select(Run.id).where(
                or_(Run.id == run.id, Run.parent_run_id == run.id, Run.id.in_(taken))
            )
            query = (
                select(ArtifactFile, PackageVersion)
                .join(PackageVersion, PackageVersion.id == ArtifactFile.version_id)
                .where(ArtifactFile.run_id.in_(of_run), ArtifactFile.tenant_id == principal.tenant_id)
                .order_by(ArtifactFile.created_at, ArtifactFile.path)
            )
            return [File(row=row, version=version) for row, version in session.execute(query)]

    def file(self, principal: Principal, file_id: str) -> File:
        """One file. Raises :class:`NotFound`, :class:`Forbidden`."""
        with self._database.read() as session:
            return viewed(session, principal, file_id)

    def content(self, file: File, start: int, end: int) -> Iterator[bytes]:
        """The bytes ``[start, end)`` of a file in pieces; the first is read at once.

        Raises :class:`NotFound` for one that was deleted meanwhile, :class:`Unavailable`.
        """
        try:
            return self._objects.pieces(file.row.object_key, start=start, end=end)
        except FileNotFoundError:
            raise NotFound("file", file.row.id) from None

    def delete_version(self, principal: Principal, version_id: str) -> None:
        """Delete a version with all its files. Raises :class:`NotFound`, :class:`Forbidden`."""
        with self._database.write() as session:
            alone(self._database, session, principal.tenant_id)
            version = session.get(PackageVersion, version_id)
            if version is None or version.tenant_id != principal.tenant_id:
                raise NotFound("version", version_id)
            rights.require(session, principal, version, Action.DELETE)
            forget_versions(session, [version.id])
            trail.record(
                session,
                principal,
                AuditName.DELETE_ARTIFACTS,
                AuditKind.JOB,
                version.task_id,
                version.task_name,
                project_id=version.project_id,
                detail=f"package {version.package}, version {version.version}",
            )

    def forget_project(self, session: Session, principal: Principal, project_id: str) -> None:
        """Registered with the projects: what a deleted one has in the repository goes with it."""
        alone(self._database, session, principal.tenant_id)
        forget_versions(
            session,
            list(session.scalars(select(PackageVersion.id).where(PackageVersion.project_id == project_id))),
        )

    @staticmethod
    def _of_project(session: Session, principal: Principal, project_id: str) -> Select[PackageVersion]:
        require_project(session, principal.tenant_id, project_id)
        return select(PackageVersion).where(
            PackageVersion.tenant_id == principal.tenant_id,
            PackageVersion.project_id == project_id,
            rights.visible(session, principal, project_id),
        )


def viewed(session: Session, principal: Principal, file_id: str) -> File:
    """A file that the caller may view. Raises :class:`NotFound`, :class:`Forbidden`."""
    row = session.get(ArtifactFile, file_id)
    if row is None or row.tenant_id != principal.tenant_id:
        raise NotFound("file", file_id)
    version = session.get_one(PackageVersion, row.version_id)
    rights.require(session, principal, version, Action.VIEW)
    return File(row=row, version=version)


def alone(database: Database, session: Session, tenant_id: str) -> None:
    """From now to the end of the transaction nobody else adds to the tenant's versions, or deletes any."""
    database.one_at_a_time(session, f"artifacts of {tenant_id}")


def forget_versions(session: Session, version_ids: list[str]) -> None:
    """Delete versions, and have their objects deleted once the transaction has been committed.

    Needs to be :func:`alone`: a file that came meanwhile would be lost, and its object kept for ever.
    """
    for at in range(0, len(version_ids), DELETED_AT_ONCE):
        some = version_ids[at : at + DELETED_AT_ONCE]
        doom(
            session,
            "artifact",
            session.scalars(select(ArtifactFile.object_key).where(ArtifactFile.version_id.in_(some))).all(),
        )
        session.execute(delete(ArtifactFile).where(ArtifactFile.version_id.in_(some)))
        session.execute(delete(PackageVersion).where(PackageVersion.id.in_(some)))


def _figures(session: Session, version_ids: list[str]) -> dict[str, tuple[int, int]]:
    query = (
        select(ArtifactFile.version_id, func.count(), func.sum(ArtifactFile.size))
        .where(ArtifactFile.version_id.in_(version_ids))
        .group_by(ArtifactFile.version_id)
    )
    found = {version_id: (count, int(size)) for version_id, count, size in session.execute(query)}
    return {one: found.get(one, (0, 0)) for one in version_ids}
