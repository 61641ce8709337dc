"""What a caller may do with a file: asked by every operation, in the transaction that acts.

The tenant's administrators may do all with every file, as everywhere else; the audit trail names them. Everybody else
has the rights of their row, and those of the tenant may use a file that is shared.
"""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.orm import Session

from bottega.build.files.tables import FilePermission, KeystoreFile
from bottega.errors import Forbidden
from bottega.iam.principal import Principal, Right


class FileRight(StrEnum):
    """``SETTING``: say who may do what. ``USAGE``: have the content, in builds and downloads."""

    SETTING = "setting"
    DELETE = "delete"
    MODIFY = "modify"
    USAGE = "usage"


FileRights = frozenset[FileRight]

ALL: FileRights = frozenset(FileRight)
NOTHING: FileRights = frozenset()
_WORDS = {
    FileRight.SETTING: "set the permissions of",
    FileRight.DELETE: "delete",
    FileRight.MODIFY: "change",
    FileRight.USAGE: "use",
}


def on_file(session: Session, principal: Principal, file: KeystoreFile) -> FileRights:
    """What the caller may do with a file of their tenant."""
    own = session.scalars(
        select(FilePermission).where(
            FilePermission.file_id == file.id, FilePermission.user_id == principal.user_id
        )
    ).one_or_none()
    return rights(principal, file, own)


def rights(principal: Principal, file: KeystoreFile, own: FilePermission | None) -> FileRights:
    """The same for a caller whose row is known."""
    if Right.ADMINISTER in principal.rights:
        return ALL
    granted = NOTHING if own is None else frozenset(right for right in FileRight if getattr(own, right))
    return granted | {FileRight.USAGE} if file.shared else granted


def require(session: Session, principal: Principal, file: KeystoreFile, right: FileRight) -> None:
    """Raise :class:`Forbidden` unless the caller has ``right`` on the file."""
    if right not in on_file(session, principal, file):
        raise Forbidden(f"user {principal.user_name} may not {_WORDS[right]} the file {file.name}")


def require_usage(session: Session, principal: Principal, names: Iterable[str]) -> None:
    """Raise :class:`Forbidden` when the tenant has a file of one of these names that the caller may not use.

    A name without a file is no matter of rights: whoever needs it will say that it is missing.
    """
    wanted = set(names)
    if not wanted:
        return
    files = session.scalars(
        select(KeystoreFile)
        .where(KeystoreFile.tenant_id == principal.tenant_id, KeystoreFile.name.in_(wanted))
        .order_by(KeystoreFile.name)
    )
    for file in files.all():
        require(session, principal, file, FileRight.USAGE)


def joined(principal: Principal) -> ColumnElement[bool]:
    """The condition under which a permission is the caller's own row of a file, for an outer join."""
    return and_(FilePermission.file_id == KeystoreFile.id, FilePermission.user_id == principal.user_id)


def visible(principal: Principal) -> ColumnElement[bool]:
    """The condition for files the caller has any right on, in a query that has joined their row."""
    if Right.ADMINISTER in principal.rights:
        return true()
    granted = (getattr(FilePermission, right).is_(True) for right in FileRight)
    return or_(KeystoreFile.shared.is_(True), *granted)


def usable(principal: Principal) -> ColumnElement[bool]:
    """The same for files the caller may use."""
    if Right.ADMINISTER in principal.rights:
        return true()
    return or_(KeystoreFile.shared.is_(True), FilePermission.usage.is_(True))
