"""The file in which a catalogue outlives the process: asking all analysers for their rules takes many seconds."""

import hashlib
import os
import sys
import sysconfig
from functools import cache
from pathlib import Path

import msgspec

import bottega.check
from bottega import __version__
from bottega.check.engines.base import Located, RuleFacts

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FILE = "catalogue.msgpack.zst"
FORMAT = 1
LEVEL = 9
FOLDER_MODE = 0o700

Stamp = tuple[str, int, int]
"""A path, its size, and its time of change in nanoseconds."""


class Kept(msgspec.Struct, kw_only=True):
    """The rules of one engine. ``stamps`` are of the files it is run from: while they are the same, it is too."""

    version: str
    stamps: list[Stamp]
    rules: list[RuleFacts]


class KeptCatalogue(msgspec.Struct, kw_only=True):
    """``made_by`` names the very code that read the rules; what another one made is not read."""

    format: int = FORMAT
    made_by: str
    engines: dict[str, Kept]


def read(folder: Path) -> dict[str, Kept]:
    """What was kept, by the engine's name; nothing when there is nothing, or nothing of use."""
    try:
        kept = msgspec.msgpack.decode(zstd.decompress((folder / FILE).read_bytes()), type=KeptCatalogue)
    except (OSError, zstd.ZstdError, msgspec.MsgspecError, UnicodeDecodeError, EOFError):
        return {}
    return kept.engines if (kept.format, kept.made_by) == (FORMAT, code()) else {}


def write(folder: Path, engines: dict[str, Kept]) -> None:
    """Keep it; whoever reads at the same time sees the old file or the new one. Raises :class:`OSError`."""
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    content = msgspec.msgpack.encode(KeptCatalogue(made_by=code(), engines=engines))
    temporary = folder / f"{FILE}.{os.getpid()}"
    temporary.write_bytes(zstd.compress(content, LEVEL))
    temporary.replace(folder / FILE)


def stamps(located: Located) -> list[Stamp]:
    """Those of the files and folders an analyser is run from.

    Python's own folders of packages are among them: what is run as a module of ours has no other file.
    """
    packages = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    paths = sorted({*located.command, *located.binds, *packages})
    return [stamp for path in paths if (stamp := _stamp(path)) is not None]


def unchanged(kept: Kept) -> bool:
    """Whether the analyser is still the one whose rules were kept."""
    return bool(kept.stamps) and all(_stamp(stamp[0]) == stamp for stamp in kept.stamps)


@cache
def code() -> str:
    """Names this version, and in a checkout that is being worked on also its state."""
    known = hashlib.sha256(__version__.encode())
    root = Path(bottega.check.__path__[0])
    for folder in (root / "engines", root / "rulepack"):
        for path in sorted(folder.rglob("*")):
            if path.suffix != ".pyc" and path.is_file():
                found = path.stat()
                known.update(f"{path.relative_to(root)} {found.st_size} {found.st_mtime_ns}\n".encode())
    return known.hexdigest()


def _stamp(path: str) -> Stamp | None:
    if not os.path.isabs(path):  # noqa: PTH117 - most of them are options
        return None
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return path, found.st_size, found.st_mtime_ns
