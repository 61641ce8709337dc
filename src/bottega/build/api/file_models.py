"""What the file manager's operations take and give, named as in the contract (reference, section 2.15)."""

from typing import Annotated, Self
from zoneinfo import ZoneInfo

import msgspec

from bottega.build.api.envelopes import ResultEnvelope, StatusEnvelope
from bottega.build.api.times import unpadded
from bottega.build.files.errors import TooManyFiles
from bottega.build.files.permissions import Grant
from bottega.build.files.rights import FileRight, FileRights
from bottega.build.files.service import FileChange, FileView
from bottega.build.files.tables import FilePermission, KeystoreFile
from bottega.build.identifiers import HEX32_PATTERN
from bottega.documented import documented
from bottega.errors import Invalid
from bottega.http.forms import Part
from bottega.iam.principal import Principal

Id = Annotated[str, documented(pattern=HEX32_PATTERN)]
FileName = Annotated[str, documented(minLength=1, maxLength=500)]

REFUSING_CONSENT = ("", "false", "0", "no", "off")


class UploadKeystoreRequestBody(msgspec.Struct, kw_only=True):
    """``privacy`` is the uploader's consent to the file's being kept."""

    file: Part
    privacy: str
    description: str

    @classmethod
    def from_form(cls, parts: list[Part]) -> Self:
        """Raises :class:`Invalid`, :class:`TooManyFiles`."""
        found = [part for part in parts if part.file_name]
        if len(found) > 1:
            raise TooManyFiles("file", f"{len(found)} files were sent; an upload takes one")
        if not found or found[0].name != "file":
            raise Invalid("file", "is missing, or has no file name")
        fields = {part.name: part for part in parts if not part.file_name}
        privacy = fields["privacy"].text if "privacy" in fields else ""
        if privacy.strip().lower() in REFUSING_CONSENT:
            raise Invalid("privacy", "must say true: without consent no file is kept")
        description = fields["description"].text if "description" in fields else ""
        return cls(file=found[0], privacy=privacy, description=description)


class UploadKeystoreResult(msgspec.Struct, kw_only=True):
    keystore_id: str


class UploadKeystoreResponse(ResultEnvelope, kw_only=True):
    result: UploadKeystoreResult


class ListKeystoreSearchResponseBodyResultPermission(msgspec.Struct, kw_only=True):
    """What the caller may do."""

    keystore_id: str
    setting: bool
    delete: bool
    modify: bool
    usage: bool


class ListKeystoreSearchResponseBodyResultKeystoreList(msgspec.Struct, kw_only=True):
    id: str
    permission: ListKeystoreSearchResponseBodyResultPermission
    create_time_stamp: str
    update_time_stamp: str
    domain_id: str
    domain_name: str
    keystore_name: str
    create_user_id: str
    create_user_name: str
    update_user_id: str
    update_user_name: str
    share: int
    create_time: str
    update_time: str
    description: str


class ListKeystoreSearchResponseBodyResult(msgspec.Struct, kw_only=True):
    total: int
    keystore_list: list[ListKeystoreSearchResponseBodyResultKeystoreList]


class ListKeystoreSearchResponse(ResultEnvelope, kw_only=True):
    result: ListKeystoreSearchResponseBodyResult


class ListKeystoreResult(msgspec.Struct, kw_only=True):
    keystore_name: str
    id: str


class ListKeystoreResponse(StatusEnvelope, kw_only=True):
    result: list[ListKeystoreResult]


class UpdateKeystoreRequestBody(msgspec.Struct, kw_only=True):
    id: Id
    description: str
    keystore_name: FileName
    share: Annotated[int, documented(enum=[0, 1])]

    def change(self) -> FileChange:
        """Raises :class:`Invalid`."""
        if self.share not in {0, 1}:
            raise Invalid("share", f"{self.share} is neither 0 nor 1")
        return FileChange(name=self.keystore_name, description=self.description, shared=self.share == 1)


class UpdateKeystoreResponse(ResultEnvelope, kw_only=True):
    """The frame alone: this operation has no result."""


class DeleteKeystoreResponse(ResultEnvelope, kw_only=True):
    result: str | None = None


class AddKeystorePermissionRequestBody(msgspec.Struct, kw_only=True):
    """``can_absent`` is sent by clients and decides nothing: every row but the creator's can be removed."""

    keystore_id: Id
    user_id: Id
    user_name: str
    setting: bool
    delete: bool
    modify: bool
    usage: bool
    can_absent: bool

    def grant(self) -> Grant:
        return Grant(user_name=self.user_name, rights=_chosen(self))


class UpdateKeystorePermissionRequestBody(msgspec.Struct, kw_only=True):
    """The contract has no ``setting`` here: it stays as it is unless a client sends it nevertheless."""

    id: Id
    keystore_id: Id
    user_name: str
    delete: bool
    modify: bool
    usage: bool
    can_absent: bool | None = None
    setting: bool | None = None

    def grant(self) -> Grant:
        return Grant(user_name=self.user_name, rights=_chosen(self))

    def kept(self) -> FileRights:
        return frozenset({FileRight.SETTING}) if self.setting is None else frozenset()


class KeystorePermissionResponse(ResultEnvelope, kw_only=True):
    result: str


class AddKeystorePermissionResponseBody(msgspec.Struct, kw_only=True):
    """One row, as the contract calls it."""

    id: str
    setting: bool
    delete: bool
    keystore_id: str
    modify: bool
    usage: bool
    user_name: str
    is_creator: bool
    can_absent: bool


class ShowKeystorePermissionResponseBodyResult(msgspec.Struct, kw_only=True):
    total: int
    permission_list: list[AddKeystorePermissionResponseBody]


class ShowKeystorePermissionResponse(ResultEnvelope, kw_only=True):
    result: ShowKeystorePermissionResponseBodyResult


def file_row(
    principal: Principal, view: FileView, zone: ZoneInfo
) -> ListKeystoreSearchResponseBodyResultKeystoreList:
    """One file of a list. Time stamps are epoch seconds as text."""
    file = view.file
    return ListKeystoreSearchResponseBodyResultKeystoreList(
        id=file.id,
        permission=ListKeystoreSearchResponseBodyResultPermission(
            keystore_id=file.id, **{str(right): right in view.rights for right in FileRight}
        ),
        create_time_stamp=str(file.created_at // 1000),
        update_time_stamp=str(file.updated_at // 1000),
        domain_id=file.tenant_id,
        domain_name=principal.tenant_name,
        keystore_name=file.name,
        create_user_id=file.creator_id,
        create_user_name=file.creator_name,
        update_user_id=file.updater_id,
        update_user_name=file.updater_name,
        share=int(file.shared),
        create_time=unpadded(file.created_at, zone),
        update_time=unpadded(file.updated_at, zone),
        description=file.description,
    )


def named(file: KeystoreFile) -> ListKeystoreResult:
    """One file as builds name it."""
    return ListKeystoreResult(keystore_name=file.name, id=file.id)


def permission_row(row: FilePermission) -> AddKeystorePermissionResponseBody:
    """One row of a file's permissions; the creator's cannot be removed."""
    return AddKeystorePermissionResponseBody(
        id=row.id,
        setting=row.setting,
        delete=row.delete,
        keystore_id=row.file_id,
        modify=row.modify,
        usage=row.usage,
        user_name=row.user_name,
        is_creator=row.is_creator,
        can_absent=not row.is_creator,
    )


def _chosen(body: msgspec.Struct) -> FileRights:
    return frozenset(right for right in FileRight if getattr(body, right))
