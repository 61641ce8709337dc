"""The first start: a first tenant, and the file that tells its administrator how to get in."""

import os
from pathlib import Path

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bottega.clock import epoch_ms
from bottega.iam.passwords import hash_password
from bottega.iam.service import IamService
from bottega.iam.tables import Tenant
from bottega.iam.tenants import PASSWORD_BYTES, Credentials
from bottega.ids import new_secret
from bottega.settings import Settings
from bottega.store.database import Database
from bottega.store.secrets import SecretBox

FIRST_TENANT = "bottega"
CREDENTIALS_FILE = "credentials.json"


def bootstrap(
    database: Database, settings: Settings, secrets: SecretBox, endpoint: str
) -> dict[str, str] | None:
    """On an empty database create the first tenant and write ``credentials.json`` (mode 0600) into the data folder.

    Returns what was written, or None when there was a tenant already; then only ``endpoint`` in the file is brought up
    to date, the URL clients reach the server at. A credentials file of an earlier database is kept under another name.
    """
    path = settings.data / CREDENTIALS_FILE
    pending = path.with_suffix(".json.new")
    with database.read() as session:
        if session.scalar(select(Tenant.id).limit(1)) is not None:
            _finish(database, pending, path)
            _follow(path, endpoint)
            return None
    password = new_secret(PASSWORD_BYTES)
    password_hash = hash_password(password)
    tenants = IamService(database, secrets, settings).tenants
    try:
        with database.write() as session:
            if session.scalar(select(Tenant.id).limit(1)) is not None:
                return None
            credentials = tenants.create_in(session, FIRST_TENANT, endpoint, password, password_hash)
            # Before the commit: a tenant whose password nobody ever saw could not be used or made again.
            _write_private(pending, _shown(credentials))
    except IntegrityError:
        # Another replica on the same database was faster.
        pending.unlink(missing_ok=True)
        return None
    _put_in_place(pending, path)
    return msgspec.structs.asdict(credentials)


def _finish(database: Database, pending: Path, path: Path) -> None:
    """Complete a first start that ended between the commit and the renaming of the file."""
    try:
        credentials = msgspec.json.decode(pending.read_bytes(), type=Credentials)
    except (FileNotFoundError, msgspec.DecodeError):
        return
    with database.read() as session:
        is_ours = session.get(Tenant, credentials.domain_id) is not None
    if is_ours:
        _put_in_place(pending, path)
    else:
        pending.unlink()


def _follow(path: Path, endpoint: str) -> None:
    """The address may change from one start to the next. A file that its owner removed or rewrote is left alone."""
    try:
        known = msgspec.json.decode(path.read_bytes(), type=Credentials)
    except (FileNotFoundError, msgspec.DecodeError):
        return
    if known.endpoint != endpoint:
        following = path.with_suffix(".json.next")
        _write_private(following, _shown(msgspec.structs.replace(known, endpoint=endpoint)))
        following.replace(path)


def _shown(credentials: Credentials) -> bytes:
    return msgspec.json.format(msgspec.json.encode(credentials), indent=2) + b"\n"


def _write_private(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(pending: Path, path: Path) -> None:
    if path.exists():
        path.rename(path.with_suffix(f".json.{epoch_ms()}"))
    pending.rename(path)
