"""Who may do what with a file, on both databases."""

import itertools

import pytest

from bottega.build.files import rights
from bottega.build.files.permissions import Grant
from bottega.build.files.rights import FileRight, FileRights
from bottega.build.files.service import FileChange, FileService
from bottega.build.files.tables import FilePermission, KeystoreFile
from bottega.errors import Conflict, Forbidden, Invalid, NotFound
from bottega.iam.principal import Principal
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.build.permissions.people import LOOKER, colleague

NONE: FileRights = frozenset()
SETS = [frozenset(some) for size in range(5) for some in itertools.combinations(FileRight, size)]


@pytest.fixture
def files(database: Database) -> FileService:
    return FileService(database, SecretBox(b"k" * 32))


@pytest.fixture
def owner(database: Database, alice: Principal) -> Principal:
    """No administrator, so that only rows decide."""
    return colleague(database, alice, "owner")


@pytest.fixture
def guest(database: Database, alice: Principal) -> Principal:
    return colleague(database, alice, "guest", LOOKER)


@pytest.fixture
def file(files: FileService, owner: Principal) -> KeystoreFile:
    return files.upload(owner, "a.xml", b"content", "described")


def grant(
    files: FileService, owner: Principal, file: KeystoreFile, user: Principal, *allowed: FileRight
) -> str:
    wanted = Grant(user_name=user.user_name, rights=frozenset(allowed))
    return files.permissions.add(owner, file.id, user.user_id, wanted)


def rows(files: FileService, owner: Principal, file: KeystoreFile) -> list[FilePermission]:
    return files.permissions.page(owner, file.id, offset=0, limit=100)[0]


def may(files: FileService, user: Principal, file: KeystoreFile) -> FileRights:
    """What the user really gets done, each thing tried."""

    def tried(right: FileRight) -> bool:
        try:
            if right is FileRight.USAGE:
                files.download(user, tenant_id=user.tenant_id, name="a.xml")
            elif right is FileRight.MODIFY:
                files.update(user, file.id, FileChange(name="a.xml", description="new", shared=file.shared))
            elif right is FileRight.SETTING:
                files.permissions.page(user, file.id, offset=0, limit=10)
            else:
                files.delete(user, file.id)
        except Forbidden:
            return False
        return True

    # Deleting comes last.
    order = [FileRight.USAGE, FileRight.MODIFY, FileRight.SETTING, FileRight.DELETE]
    return frozenset(right for right in order if tried(right))


@pytest.mark.parametrize("allowed", SETS, ids=lambda some: "+".join(sorted(some)) or "nothing")
def test_a_row_allows_exactly_what_it_says(
    files: FileService, owner: Principal, guest: Principal, file: KeystoreFile, allowed: FileRights
) -> None:
    grant(files, owner, file, guest, *allowed)
    views, _ = files.page(guest, search="", offset=0, limit=10)
    assert [view.rights for view in views] == ([allowed] if allowed else [])
    usable = [one.name for one in files.usable(guest)]
    assert usable == (["a.xml"] if FileRight.USAGE in allowed else [])
    assert may(files, guest, file) == allowed


def test_without_a_row_a_file_is_not_even_listed(
    files: FileService, guest: Principal, file: KeystoreFile
) -> None:
    assert files.page(guest, search="", offset=0, limit=10) == ([], 0)
    assert may(files, guest, file) == NONE


def test_a_shared_file_may_be_used_by_everybody_of_the_tenant_and_no_more(
    files: FileService, owner: Principal, guest: Principal, bob: Principal, file: KeystoreFile
) -> None:
    files.update(owner, file.id, FileChange(name="a.xml", description="", shared=True))
    file.shared = True
    assert [one.name for one in files.usable(guest)] == ["a.xml"]
    assert may(files, guest, file) == {FileRight.USAGE}
    with pytest.raises(NotFound):
        files.download(bob, tenant_id=bob.tenant_id, name="a.xml")
    files.update(owner, file.id, FileChange(name="a.xml", description="", shared=False))
    file.shared = False
    assert may(files, guest, file) == NONE


def test_sharing_takes_the_right_to_set_permissions(
    files: FileService, owner: Principal, guest: Principal, file: KeystoreFile
) -> None:
    grant(files, owner, file, guest, FileRight.MODIFY)
    with pytest.raises(Forbidden):
        files.update(guest, file.id, FileChange(name="a.xml", description="described", shared=True))
    row = next(row for row in rows(files, owner, file) if row.user_name == "guest")
    only_setting = Grant(user_name="guest", rights=frozenset({FileRight.SETTING}))
    files.permissions.edit(owner, file.id, row.id, only_setting, keep=NONE)
    files.update(guest, file.id, FileChange(name="a.xml", description="described", shared=True))
    with pytest.raises(Forbidden):
        files.update(guest, file.id, FileChange(name="b.xml", description="described", shared=False))


def test_the_creators_row_stays_as_it_is(files: FileService, owner: Principal, file: KeystoreFile) -> None:
    (row,) = rows(files, owner, file)
    assert (row.is_creator, row.user_name) == (True, "owner")
    with pytest.raises(Conflict, match="creator"):
        files.permissions.remove(owner, row.id)
    with pytest.raises(Conflict, match="creator"):
        files.permissions.edit(owner, file.id, row.id, Grant(user_name="owner", rights=NONE), keep=NONE)
    with pytest.raises(Conflict, match="already"):
        grant(files, owner, file, owner)
    assert may(files, owner, file) == rights.ALL


def test_an_edit_leaves_the_right_it_does_not_name(
    files: FileService, owner: Principal, guest: Principal, file: KeystoreFile
) -> None:
    added = grant(files, owner, file, guest, FileRight.SETTING, FileRight.DELETE)
    wanted = Grant(user_name="guest", rights=frozenset({FileRight.USAGE}))
    files.permissions.edit(owner, file.id, added, wanted, keep=frozenset({FileRight.SETTING}))
    row = rows(files, owner, file)[1]
    assert (row.setting, row.delete, row.modify, row.usage) == (True, False, False, True)


def test_a_removed_row_allows_nothing_any_more(
    files: FileService, owner: Principal, guest: Principal, file: KeystoreFile
) -> None:
    added = grant(files, owner, file, guest, *FileRight)
    files.permissions.remove(owner, added)
    assert [row.user_name for row in rows(files, owner, file)] == ["owner"]
    assert may(files, guest, file) == NONE
    with pytest.raises(NotFound):
        files.permissions.remove(owner, added)
    grant(files, owner, file, guest, FileRight.USAGE)


def test_only_users_of_the_tenant_get_permissions_and_under_their_own_name(
    files: FileService, owner: Principal, guest: Principal, bob: Principal, file: KeystoreFile
) -> None:
    for stranger in (bob.user_id, "0" * 32):
        with pytest.raises(Invalid, match="user_id: is not the id of a user of this account"):
            files.permissions.add(owner, file.id, stranger, Grant(user_name="admin", rights=NONE))
    wrong = Grant(user_name="somebody", rights=frozenset(FileRight))
    with pytest.raises(Invalid, match="user_name"):
        files.permissions.add(owner, file.id, guest.user_id, wrong)
    added = grant(files, owner, file, guest)
    with pytest.raises(Invalid, match="user_name"):
        files.permissions.edit(owner, file.id, added, wrong, keep=NONE)
    with pytest.raises(Conflict, match="already"):
        grant(files, owner, file, guest)
    assert may(files, guest, file) == NONE


def test_a_permission_is_edited_only_with_the_id_of_its_file(
    files: FileService, owner: Principal, guest: Principal, file: KeystoreFile
) -> None:
    other = files.upload(owner, "other.xml", b"content", "")
    added = grant(files, owner, file, guest)
    wanted = Grant(user_name="guest", rights=frozenset(FileRight))
    with pytest.raises(Invalid, match="keystore_id"):
        files.permissions.edit(owner, other.id, added, wanted, keep=NONE)


def test_another_tenants_permissions_are_unknown(
    files: FileService, owner: Principal, guest: Principal, bob: Principal, file: KeystoreFile
) -> None:
    added = grant(files, owner, file, guest)
    wanted = Grant(user_name="guest", rights=frozenset(FileRight))
    for unknown in (added, "0" * 32):
        with pytest.raises(NotFound):
            files.permissions.remove(bob, unknown)
        with pytest.raises(NotFound):
            files.permissions.edit(bob, file.id, unknown, wanted, keep=NONE)
    with pytest.raises(NotFound):
        files.permissions.page(bob, file.id, offset=0, limit=10)
    with pytest.raises(NotFound):
        files.permissions.add(bob, file.id, bob.user_id, Grant(user_name="admin", rights=NONE))


def test_pages_of_permissions_add_up_and_begin_with_the_creator(
    files: FileService, database: Database, alice: Principal, owner: Principal, file: KeystoreFile
) -> None:
    for number in range(5):
        grant(files, owner, file, colleague(database, alice, f"user{number}"), FileRight.USAGE)
    pages = [files.permissions.page(owner, file.id, offset=at, limit=2) for at in (0, 2, 4, 6)]
    found = [row.user_name for page, _ in pages for row in page]
    assert found[0] == "owner"
    assert sorted(found[1:]) == [f"user{number}" for number in range(5)]
    assert {total for _, total in pages} == {6}


def test_usage_of_several_files_is_checked_by_name(
    files: FileService, database: Database, owner: Principal, guest: Principal, file: KeystoreFile
) -> None:
    with database.read() as session:
        rights.require_usage(session, owner, ["a.xml", "missing.xml"])
        rights.require_usage(session, guest, ["missing.xml"])
        with pytest.raises(Forbidden, match=r"guest may not use the file a\.xml"):
            rights.require_usage(session, guest, ["missing.xml", "a.xml"])
