"""Bodies of the release repository's operations. They are ours: CodeArts has another service for this."""

import msgspec

from bottega.artifacts.receiving import download_path
from bottega.artifacts.service import File, Package, Version
from bottega.build.api.envelopes import ResultEnvelope
from bottega.clock import zulu


class PackageRow(msgspec.Struct, kw_only=True):
    name: str
    versions: int
    newest_version: str
    changed_at: str


class PackagePage(msgspec.Struct, kw_only=True):
    total: int
    packages: list[PackageRow]


class ListPackagesResponse(ResultEnvelope, kw_only=True):
    result: PackagePage


class VersionRow(msgspec.Struct, kw_only=True):
    """``size`` is that of all its files, in bytes. ``job_id`` is the build task it belongs to."""

    id: str
    package: str
    version: str
    job_id: str
    job_name: str
    files: int
    size: int
    created_at: str
    changed_at: str


class VersionPage(msgspec.Struct, kw_only=True):
    total: int
    versions: list[VersionRow]


class ListVersionsResponse(ResultEnvelope, kw_only=True):
    result: VersionPage


class FileRow(msgspec.Struct, kw_only=True):
    """``uri`` is where it is downloaded from. ``record_id`` is the build it came from, which may be gone."""

    id: str
    project_id: str
    package: str
    version: str
    version_id: str
    path: str
    size: int
    sha256: str
    uri: str
    job_id: str
    job_name: str
    record_id: str
    build_no: int
    daily_build_number: str
    created_at: str


class FilePage(msgspec.Struct, kw_only=True):
    total: int
    files: list[FileRow]


class ListFilesResponse(ResultEnvelope, kw_only=True):
    result: FilePage


class ShowFileResponse(ResultEnvelope, kw_only=True):
    result: FileRow


class DeleteVersionResponse(ResultEnvelope, kw_only=True):
    result: bool = True


def package_row(package: Package) -> PackageRow:
    """A package in a list."""
    return PackageRow(
        name=package.name,
        versions=package.versions,
        newest_version=package.newest,
        changed_at=zulu(package.changed_at),
    )


def version_row(version: Version) -> VersionRow:
    """A version in a list."""
    row = version.row
    return VersionRow(
        id=row.id,
        package=row.package,
        version=row.version,
        job_id=row.task_id,
        job_name=row.task_name,
        files=version.files,
        size=version.size,
        created_at=zulu(row.created_at),
        changed_at=zulu(row.changed_at),
    )


def file_row(file: File, base: str) -> FileRow:
    """A file; ``base`` is the server's address."""
    row, version = file.row, file.version
    return FileRow(
        id=row.id,
        project_id=version.project_id,
        package=version.package,
        version=version.version,
        version_id=version.id,
        path=row.path,
        size=row.size,
        sha256=row.sha256,
        uri=base + download_path(row.id),
        job_id=version.task_id,
        job_name=version.task_name,
        record_id=row.run_id,
        build_no=row.number,
        daily_build_number=row.daily_number,
        created_at=zulu(row.created_at),
    )
