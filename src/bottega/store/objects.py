"""The object store: a local folder or an S3-compatible bucket, with the same answers from both."""

import os
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore

from bottega.errors import Unavailable
from bottega.settings import SettingsError

KEY = re.compile(r"[A-Za-z0-9_=.-]+(?:/[A-Za-z0-9_=.-]+)*")
KEY_LENGTH = 900
PART_BYTES = 8 * 1024 * 1024
"""A bucket takes 10,000 parts of one object."""
PARTS_AT_ONCE = 4
PIECE_BYTES = 1024 * 1024
"""What is in memory of an object that is sent to a client."""
UNREACHABLE = "the object store cannot be used at present"


class Objects:
    """Named pieces of bytes. A key is a relative path of letters, digits, ``_ = . -``, such as ``logs/t1/r1.zst``.

    A key that is none raises ``ValueError``, whatever its kind of store would make of it. A store that does not answer
    raises :class:`Unavailable`; its message is fit for clients, its cause for the log.
    """

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        """``folder`` is where ``store`` keeps its files, when it is a local one."""
        self._store = store
        self._folder = folder

    def put(self, key: str, content: bytes | Iterator[bytes]) -> None:
        """Store ``content`` whole or not at all, in place of what was there. It is durable when this returns.

        An error that the iterator raises is passed on.
        """
        with _reaching(checked(key)), self._durably(key):
            self._store.put(key, content)

    def put_large(self, key: str, pieces: Iterator[bytes]) -> None:
        """The same for what may be gigabytes: only a few parts of it are in memory at a time."""
        with _reaching(checked(key)), self._durably(key):
            self._store.put(
                key, pieces, use_multipart=True, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
            )

    def put_new(self, key: str, content: bytes) -> bool:
        """The same, unless the key is taken; False then. Of several at once one gets True."""
        try:
            with _reaching(checked(key)), self._durably(key):
                self._store.put(key, content, mode="create")
        except AlreadyExistsError:
            return False
        return True

    def get(self, key: str) -> bytes:
        """All bytes. Raises ``FileNotFoundError``."""
        with _reaching(checked(key)):
            return bytes(self._store.get(key).bytes())

    def get_range(self, key: str, *, start: int, end: int) -> bytes:
        """The bytes ``[start, end)``, fewer or none behind the end of the object. Raises ``FileNotFoundError``."""
        with _reaching(checked(key)):
            try:
                return bytes(self._store.get_range(key, start=start, end=end))
            except (BaseError, ValueError):
                # An empty range, and one that begins behind the end, are errors of no common kind.
                if start < end and start < self._store.head(key)["size"]:
                    raise
                return b""

    def pieces(self, key: str, *, start: int, end: int) -> Iterator[bytes]:
        """The same piece by piece; the first is read at once: what is not there raises here, and not half-way."""
        first = self.get_range(key, start=start, end=min(start + PIECE_BYTES, end))
        following = (
            self.get_range(key, start=at, end=min(at + PIECE_BYTES, end))
            for at in range(start + PIECE_BYTES, end, PIECE_BYTES)
        )
        return chain([first], following)

    def delete(self, key: str) -> None:
        """Remove the object; nothing happens when there is none."""
        with _reaching(checked(key)):
            try:
                self._store.delete(key)
            except FileNotFoundError:
                return

    def clear_away(self, key: str) -> None:
        """Delete the object, and what a process that was killed while it stored it has left in a local store."""
        self.delete(key)
        if self._folder is not None:
            place = self._folder / key
            for staged in place.parent.glob(f"{place.name}#*"):
                staged.unlink(missing_ok=True)

    def list(self, prefix: str = "") -> list[str]:
        """The keys below the folder ``prefix``, sorted."""
        with _reaching(checked(prefix) if prefix else ""):
            return sorted(one["path"] for page in self._store.list(prefix or None) for one in page)

    @contextmanager
    def _durably(self, key: str) -> Generator[None]:
        """A local store writes to the page cache; but whoever stores something here deletes his own copy next."""
        if self._folder is None:
            yield
            return
        place = self._folder / key
        known = place.parent.exists()
        yield
        _sync(place)
        for folder in place.parents:
            _sync(folder)
            if known or folder == self._folder:
                break


def checked(key: str) -> str:
    """``key``. Raises ``ValueError`` when it is none, or would lead out of the store."""
    if len(key) > KEY_LENGTH or not KEY.fullmatch(key) or {".", ".."} & set(key.split("/")):
        raise ValueError(f"{key[:80]!r} is not a key of the object store")
    return key


def open_objects(url: str, folder: Path, options: Mapping[str, str]) -> Objects:
    """The store ``url`` names: ``s3://bucket/prefix`` with ``options``, ``file:///folder``, or ``folder`` if empty.

    Nothing is connected yet. Raises :class:`SettingsError` naming the setting.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        # The module takes a while to import, and most servers keep their objects in a folder.
        from bottega.store.s3 import open_bucket  # noqa: PLC0415

        return Objects(open_bucket(url, options))
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        folder = Path(url2pathname(parts.path))
    elif url:
        raise SettingsError("objects.url: expected s3://bucket/prefix or file:///folder")
    if options:
        raise SettingsError("objects.options: a folder takes no options")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(f"objects.url: cannot use {folder}: {error.strerror}") from None
    return Objects(LocalStore(prefix=folder), folder)


@contextmanager
def _reaching(key: str) -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            # Not that the object is missing, as it may seem: whoever believed that would forget what is stored.
            raise Unavailable(UNREACHABLE) from error
        raise FileNotFoundError(f"no object {key}") from None
    except AlreadyExistsError:
        raise
    except BaseError as error:
        raise Unavailable(UNREACHABLE) from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
