"""The file manager's rules, on both databases: names, limits, sealing, tenants."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from sqlalchemy import select

from bottega.audit.tables import AuditEvent
from bottega.build.files.errors import EmptyFile, InvalidFileName, TooManyFiles
from bottega.build.files.service import FILES_PER_TENANT, MAX_BYTES, FileChange, FileService
from bottega.build.files.tables import KeystoreFile
from bottega.errors import Forbidden, Invalid, NotFound, Unavailable
from bottega.iam.principal import Principal, Right
from bottega.store.database import Database
from bottega.store.secrets import SecretBox
from tests.build.permissions.people import LOOKER, colleague

CONTENT = b"-----BEGIN KEY-----\x00\xff marker-of-the-content\n"


@pytest.fixture
def files(database: Database) -> FileService:
    return FileService(database, SecretBox(b"k" * 32))


def download(files: FileService, principal: Principal, name: str) -> bytes:
    return files.download(principal, tenant_id=principal.tenant_id, name=name)[1]


def change(name: str, *, description: str = "", shared: bool = False) -> FileChange:
    return FileChange(name=name, description=description, shared=shared)


def names(files: FileService, principal: Principal, search: str = "") -> list[str]:
    views, total = files.page(principal, search=search, offset=0, limit=100)
    assert total == len(views)
    return [view.file.name for view in views]


def events(database: Database, principal: Principal) -> list[str]:
    with database.read() as session:
        query = select(AuditEvent.name).where(AuditEvent.tenant_id == principal.tenant_id)
        return list(session.scalars(query.order_by(AuditEvent.at, AuditEvent.id)))


def test_what_was_uploaded_is_downloaded_byte_for_byte(files: FileService, alice: Principal) -> None:
    files.upload(alice, "release.jks", CONTENT, "signing key")
    assert download(files, alice, "release.jks") == CONTENT


def test_the_database_has_no_byte_of_the_content_in_clear(
    files: FileService, database: Database, alice: Principal
) -> None:
    file = files.upload(alice, "release.jks", CONTENT, "")
    with database.read() as session:
        sealed = session.scalar(select(KeystoreFile.sealed_content).where(KeystoreFile.id == file.id))
    assert sealed is not None
    assert b"marker" not in bytes(sealed)


def test_a_content_that_was_moved_to_another_file_does_not_open(
    files: FileService, database: Database, alice: Principal
) -> None:
    first = files.upload(alice, "first.pem", CONTENT, "")
    second = files.upload(alice, "second.pem", b"other", "")
    with database.write() as session:
        stolen = session.get_one(KeystoreFile, first.id).sealed_content
        session.get_one(KeystoreFile, second.id).sealed_content = stolen
    with pytest.raises(Unavailable, match=r"second\.pem was sealed with another master key"):
        download(files, alice, "second.pem")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x" * 501,
        "../up.xml",
        "a/b.xml",
        "a\\b.xml",
        "line\nbreak.xml",
        "nul\0.xml",
        " blank.xml",
        "a.xml ",
    ],
)
def test_what_is_no_plain_file_name_is_refused(files: FileService, alice: Principal, name: str) -> None:
    with pytest.raises(InvalidFileName):
        files.upload(alice, name, CONTENT, "")
    assert names(files, alice) == []


@pytest.mark.parametrize("name", ["settings", "run.sh", "key.pem.exe", "xml", "a.xml."])
def test_other_extensions_are_refused(files: FileService, alice: Principal, name: str) -> None:
    with pytest.raises(Invalid, match=r"must end in one of \.xml \.key \.keystore \.jks \.crt \.pem"):
        files.upload(alice, name, CONTENT, "")


@pytest.mark.parametrize("name", ["A.XML", "with blank (1).key", "设置.xml", ".pem", "a" * 496 + ".jks"])
def test_names_that_people_use_are_taken(files: FileService, alice: Principal, name: str) -> None:
    files.upload(alice, name, CONTENT, "")
    assert names(files, alice) == [name]


def test_an_empty_and_a_too_large_file_are_refused(files: FileService, alice: Principal) -> None:
    with pytest.raises(EmptyFile):
        files.upload(alice, "empty.xml", b"", "")
    with pytest.raises(Invalid, match="100 KB"):
        files.upload(alice, "large.xml", b"x" * (MAX_BYTES + 1), "")
    files.upload(alice, "largest.xml", b"x" * MAX_BYTES, "")
    assert names(files, alice) == ["largest.xml"]


def test_a_tenant_has_at_most_twenty_files_also_when_they_come_at_once(
    files: FileService, alice: Principal, bob: Principal
) -> None:
    def upload(number: int) -> bool:
        try:
            files.upload(alice, f"{number}.xml", CONTENT, "")
        except TooManyFiles:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        taken = list(threads.map(upload, range(FILES_PER_TENANT + 6)))
    assert sum(taken) == FILES_PER_TENANT == len(names(files, alice))
    files.upload(bob, "bob.xml", CONTENT, "")


def test_a_name_is_taken_once_per_tenant(files: FileService, alice: Principal, bob: Principal) -> None:
    first = files.upload(alice, "a.xml", CONTENT, "")
    other = files.upload(alice, "b.xml", CONTENT, "")
    files.upload(bob, "a.xml", b"bob's", "")
    with pytest.raises(Invalid, match=r"^file: the tenant already has a file named a\.xml"):
        files.upload(alice, "a.xml", b"again", "")
    with pytest.raises(Invalid, match=r"^keystore_name: the tenant already has a file named a\.xml"):
        files.update(alice, other.id, change("a.xml"))
    files.update(alice, first.id, change("a.xml", description="kept its name"))
    assert download(files, alice, "a.xml") == CONTENT
    assert download(files, bob, "a.xml") == b"bob's"


def test_a_renamed_file_keeps_its_content_and_is_gone_under_the_old_name(
    files: FileService, alice: Principal
) -> None:
    file = files.upload(alice, "old.xml", CONTENT, "")
    files.update(alice, file.id, change("new.key", description="moved"))
    assert download(files, alice, "new.key") == CONTENT
    with pytest.raises(NotFound):
        download(files, alice, "old.xml")


def test_a_refused_change_changes_nothing(files: FileService, alice: Principal) -> None:
    file = files.upload(alice, "a.xml", CONTENT, "first")
    for wrong in (change("a.sh"), change("b.xml", description="x" * 1001), change("b.xml", description="\0")):
        with pytest.raises(Invalid):
            files.update(alice, file.id, wrong)
    (view,), _ = files.page(alice, search="", offset=0, limit=10)
    assert (view.file.name, view.file.description) == ("a.xml", "first")


def test_another_tenant_sees_nothing_by_any_way(files: FileService, alice: Principal, bob: Principal) -> None:
    file = files.upload(alice, "a.xml", CONTENT, "")
    files.update(alice, file.id, change("a.xml", shared=True))
    assert names(files, bob) == []
    assert files.usable(bob) == []
    for unknown in (file.id, "0" * 32):
        with pytest.raises(NotFound):
            files.update(bob, unknown, change("b.xml"))
        with pytest.raises(NotFound):
            files.delete(bob, unknown)
        with pytest.raises(NotFound):
            files.download(bob, tenant_id=bob.tenant_id, name="a.xml", file_id=unknown)
    files.upload(bob, "a.xml", b"bob's own", "")
    with pytest.raises(NotFound):
        files.download(bob, tenant_id=alice.tenant_id, name="a.xml")


def test_name_and_id_of_a_download_must_belong_together(files: FileService, alice: Principal) -> None:
    first = files.upload(alice, "first.xml", CONTENT, "")
    files.upload(alice, "second.xml", CONTENT, "")
    found = files.download(alice, tenant_id=alice.tenant_id, name="first.xml", file_id=first.id)
    assert found == ("first.xml", CONTENT)
    with pytest.raises(NotFound):
        files.download(alice, tenant_id=alice.tenant_id, name="second.xml", file_id=first.id)


def test_lists_are_searched_by_a_part_of_the_name_and_newest_first(
    files: FileService, alice: Principal
) -> None:
    for name in ("a_1.xml", "ab1.xml", "b.key"):
        files.upload(alice, name, CONTENT, "")
    assert names(files, alice, "A_") == ["a_1.xml"]
    assert sorted(names(files, alice)) == ["a_1.xml", "ab1.xml", "b.key"]
    pages = [files.page(alice, search="", offset=at, limit=1) for at in range(4)]
    assert [len(views) for views, _ in pages] == [1, 1, 1, 0]
    assert {total for _, total in pages} == {3}
    assert [views[0].file.name for views, _ in pages[:3]] == names(files, alice)


def test_who_may_only_look_uploads_nothing(files: FileService, database: Database, alice: Principal) -> None:
    guest = colleague(database, alice, "guest", LOOKER)
    with pytest.raises(Forbidden):
        files.upload(guest, "a.xml", CONTENT, "")


def test_a_deleted_file_is_gone_with_its_permissions(files: FileService, alice: Principal) -> None:
    file = files.upload(alice, "a.xml", CONTENT, "")
    files.delete(alice, file.id)
    assert names(files, alice) == []
    with pytest.raises(NotFound):
        files.permissions.page(alice, file.id, offset=0, limit=10)
    files.upload(alice, "a.xml", b"a new one of that name", "")


def test_every_change_and_every_download_is_in_the_audit_trail(
    files: FileService, database: Database, alice: Principal
) -> None:
    file = files.upload(alice, "a.xml", CONTENT, "")
    files.update(alice, file.id, change("a.xml", shared=True))
    download(files, alice, "a.xml")
    files.delete(alice, file.id)
    expected = ["deleteKeystore", "downloadKeystore", "updateKeystore", "uploadKeystore"]
    assert sorted(events(database, alice)) == expected


def test_refused_downloads_are_not_noted_as_downloads(
    files: FileService, database: Database, alice: Principal
) -> None:
    files.upload(alice, "a.xml", CONTENT, "")
    guest = colleague(database, alice, "guest")
    with pytest.raises(Forbidden):
        download(files, guest, "a.xml")
    assert events(database, alice) == ["uploadKeystore"]


def test_an_administrator_may_do_all_with_every_file(
    files: FileService, database: Database, alice: Principal
) -> None:
    worker = colleague(database, alice, "worker")
    file = files.upload(worker, "a.xml", CONTENT, "")
    assert Right.ADMINISTER in alice.rights
    assert download(files, alice, "a.xml") == CONTENT
    files.update(alice, file.id, change("b.xml", shared=True))
    # Without that right the same user is a stranger to the file, but for its being shared.
    plain = msgspec.structs.replace(alice, rights=worker.rights)
    assert download(files, plain, "b.xml") == CONTENT
    with pytest.raises(Forbidden):
        files.delete(plain, file.id)
    files.delete(alice, file.id)
