"""What earlier scans found out, in one file: a scan of the same code asks no engine twice.

A cache that cannot be read is none: the scan works without, and a new one is begun.
"""

import contextlib
import hashlib
import sqlite3
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

_FORMAT = 2
_KEY_BYTES = 16
_DAY = 86_400
MAX_BYTES = 256 << 20
"""Of results; the least recently used are dropped."""
_AT_ONCE = 500
"""Keys in one statement."""


def key_of(*parts: str | bytes) -> bytes:
    """A key that is the same for the same parts only."""
    pieces: list[bytes] = []
    for part in parts:
        data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        pieces += [len(data).to_bytes(8, "little"), data]
    return hashlib.blake2b(b"".join(pieces), digest_size=_KEY_BYTES).digest()


def key_within(first: bytes, second: bytes, rest: bytes = b"") -> bytes:
    """The same for two keys and anything else, in a fraction of the time: for every file with every engine."""
    return hashlib.blake2b(first + second + rest, digest_size=_KEY_BYTES).digest()


class Cache:
    """Results by key. Used by one thread. To be closed, which drops what is too much."""

    def __init__(self, file: Path | None, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._today = int(time.time()) // _DAY
        self._touched: list[bytes] = []
        self._database = _opened(file) if file is not None else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def has_any(self) -> bool:
        """Whether anything is known at all."""
        if self._database is None:
            return False
        try:
            return self._database.execute("SELECT EXISTS (SELECT * FROM results)").fetchone()[0] == 1
        except sqlite3.Error:
            self._give_up()
            return False

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """What is known of these keys."""
        found: dict[bytes, bytes] = {}
        if self._database is None:
            return found
        wanted = list(keys)
        try:
            for start in range(0, len(wanted), _AT_ONCE):
                part = wanted[start : start + _AT_ONCE]
                places = ",".join("?" * len(part))
                statement = f"SELECT key, used, value FROM results WHERE key IN ({places})"  # noqa: S608 - only ?
                for key, used, value in self._database.execute(statement, part):
                    found[key] = value
                    if used != self._today:
                        self._touched.append(key)
        except sqlite3.Error:
            self._give_up()
        return found

    def put(self, results: Mapping[bytes, bytes]) -> None:
        """Keep these."""
        if self._database is None or not results:
            return
        # Not compressed: half of it is hashes, and small pieces cost more time than they save room.
        rows = [(key, self._today, value) for key, value in results.items()]
        try:
            self._database.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", rows)
        except sqlite3.Error:
            self._give_up()

    def close(self) -> None:
        """Write everything. Nothing can be asked afterwards."""
        if self._database is None:
            return
        try:
            self._database.executemany(
                "UPDATE results SET used = ? WHERE key = ?", [(self._today, key) for key in self._touched]
            )
            self._shrink(self._database)
            self._database.commit()
        except sqlite3.Error:
            self._give_up()
            return
        self._database.close()
        self._database = None

    def _shrink(self, database: sqlite3.Connection) -> None:
        total = database.execute("SELECT coalesce(sum(length(value)), 0) FROM results").fetchone()[0]
        if total <= self._max_bytes:
            return
        for day, size in database.execute(
            "SELECT used, sum(length(value)) FROM results GROUP BY used ORDER BY used"
        ).fetchall():
            if total <= self._max_bytes * 3 // 4:
                break
            database.execute("DELETE FROM results WHERE used = ?", (day,))
            total -= size
        database.commit()
        database.execute("VACUUM")

    def _give_up(self) -> None:
        """The file is damaged or the disk is full: nothing that is in it may be believed."""
        if self._database is None:
            return
        with contextlib.suppress(sqlite3.Error):
            file = self._database.execute("PRAGMA database_list").fetchone()[2]
            self._database.close()
            Path(file).unlink(missing_ok=True)
        self._database = None


def _opened(file: Path) -> sqlite3.Connection | None:
    for _ in range(2):
        try:
            database = sqlite3.connect(file, timeout=1.0)
            # A scan that is killed half-way leaves the file as it was, or one that is thrown away.
            database.execute("PRAGMA journal_mode = MEMORY")
            database.execute("PRAGMA synchronous = OFF")
            if database.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
                database.execute("DROP TABLE IF EXISTS results")
                # With rowids: without them every value above a kilobyte would take pages of its own.
                database.execute(
                    "CREATE TABLE results (key BLOB PRIMARY KEY, used INTEGER NOT NULL, value BLOB NOT NULL)"
                )
                database.execute(f"PRAGMA user_version = {_FORMAT}")
            database.execute("SELECT count(*) FROM results LIMIT 1").fetchone()
        except sqlite3.OperationalError:
            return None  # locked by another scan, or a folder that cannot be written to
        except sqlite3.DatabaseError:
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
        else:
            return database
    return None
