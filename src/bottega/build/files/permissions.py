"""Who may do what with a file: the rows beside the creator's. All of it takes the right ``setting``."""

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bottega.audit import trail
from bottega.audit.events import AuditKind, AuditName
from bottega.build.files import reading, rights
from bottega.build.files.names import check_id
from bottega.build.files.rights import ALL, FileRight, FileRights
from bottega.build.files.tables import FilePermission, KeystoreFile
from bottega.clock import epoch_ms
from bottega.errors import Conflict, Invalid
from bottega.iam.principal import Principal
from bottega.iam.tables import User
from bottega.ids import new_hex
from bottega.store.database import Database


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A user and what they are to be allowed. ``user_name`` must be the user's: it is what people see and check."""

    user_name: str
    rights: FileRights


class FilePermissions:
    """Rows of other users; the creator's own says that they may do all, and stays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, principal: Principal, file_id: str, *, offset: int, limit: int
    ) -> tuple[list[FilePermission], int]:
        """The rows of a file, the creator's first, and how many there are.

        Raises :class:`NotFound`, :class:`Forbidden`.
        """
        check_id(file_id, "keystore_id")
        with self._database.read() as session:
            self._changeable(session, principal, file_id)
            mine = FilePermission.file_id == file_id
            total = session.scalar(select(func.count()).select_from(FilePermission).where(mine))
            rows = session.scalars(
                select(FilePermission)
                .where(mine)
                .order_by(FilePermission.is_creator.desc(), FilePermission.created_at, FilePermission.id)
                .offset(offset)
                .limit(limit)
            )
            return list(rows), total or 0

    def add(self, principal: Principal, file_id: str, user_id: str, grant: Grant) -> str:
        """Give a user of the tenant a row; returns its id.

        Raises :class:`NotFound`, :class:`Forbidden`, :class:`Invalid` for the user, :class:`Conflict`.
        """
        check_id(file_id, "keystore_id")
        check_id(user_id, "user_id")
        with self._database.write() as session:
            file = self._changeable(session, principal, file_id, lock=True)
            user = session.scalars(
                select(User).where(User.id == user_id, User.tenant_id == principal.tenant_id)
            ).one_or_none()
            if user is None:
                raise Invalid("user_id", "is not the id of a user of this account")
            _check_user_name(grant, user.name)
            taken = select(FilePermission.id).where(
                FilePermission.file_id == file_id, FilePermission.user_id == user_id
            )
            if session.scalar(taken) is not None:
                raise Conflict(
                    f"user_id: user {user.name} has a permission on {file.name} already; edit that"
                )
            row = FilePermission(
                id=new_hex(),
                tenant_id=principal.tenant_id,
                file_id=file_id,
                user_id=user_id,
                user_name=user.name,
                is_creator=False,
                created_at=epoch_ms(),
                **{right: right in grant.rights for right in FileRight},
            )
            session.add(row)
            _note(session, principal, file, f"{user.name} may: {_listed(grant.rights)}")
        return row.id

    def edit(
        self, principal: Principal, file_id: str, permission_id: str, grant: Grant, *, keep: FileRights
    ) -> None:
        """Replace a row's rights but those of ``keep``, which stay as they are.

        Raises :class:`NotFound`, :class:`Forbidden`, :class:`Invalid` for the user's name, :class:`Conflict` for the
        creator's row.
        """
        check_id(permission_id, "id")
        with self._database.write() as session:
            file, row = self._changeable_row(session, principal, permission_id)
            if file_id != row.file_id:
                raise Invalid("keystore_id", "is not the file of this permission")
            _refuse_creator(row)
            _check_user_name(grant, row.user_name)
            for right in ALL - keep:
                setattr(row, right, right in grant.rights)
            granted = frozenset(right for right in FileRight if getattr(row, right))
            _note(session, principal, file, f"{row.user_name} may: {_listed(granted)}")

    def remove(self, principal: Principal, permission_id: str) -> None:
        """Take a row away. Raises :class:`NotFound`, :class:`Forbidden`, :class:`Conflict` for the creator's row."""
        check_id(permission_id, "permission_id")
        with self._database.write() as session:
            file, row = self._changeable_row(session, principal, permission_id)
            _refuse_creator(row)
            session.delete(row)
            _note(session, principal, file, f"{row.user_name} has no permission of their own any more")

    @staticmethod
    def _changeable(
        session: Session, principal: Principal, file_id: str, *, lock: bool = False
    ) -> KeystoreFile:
        file = reading.file(session, principal.tenant_id, file_id, lock=lock)
        rights.require(session, principal, file, FileRight.SETTING)
        return file

    def _changeable_row(
        self, session: Session, principal: Principal, permission_id: str
    ) -> tuple[KeystoreFile, FilePermission]:
        file_id = reading.permission(session, principal.tenant_id, permission_id).file_id
        # Always the file first: whoever deletes it takes its rows afterwards.
        file = self._changeable(session, principal, file_id, lock=True)
        return file, reading.permission(session, principal.tenant_id, permission_id)


def _check_user_name(grant: Grant, name: str) -> None:
    if grant.user_name != name:
        raise Invalid("user_name", "is not the name of this user")


def _refuse_creator(row: FilePermission) -> None:
    if row.is_creator:
        raise Conflict(f"id: {row.user_name} is the file's creator, whose permission stays as it is")


def _listed(granted: FileRights) -> str:
    return ", ".join(right for right in FileRight if right in granted) or "nothing"


def _note(session: Session, principal: Principal, file: KeystoreFile, detail: str) -> None:
    trail.record(
        session, principal, AuditName.UPDATE_KEYSTORE_PERMISSION, AuditKind.KEYSTORE, file.id, file.name,
        detail=detail,
    )  # fmt: skip
