"""Keeping the mirrors' folder small: unused mirrors go, used ones are packed, left-overs of crashes are swept."""

from __future__ import annotations

import shutil
import time
from functools import partial
from pathlib import Path

from bottega.scm.commands import Commands, start_directly
from bottega.scm.environment import environment
from bottega.scm.failures import ScmError
from bottega.scm.handover import private_folder
from bottega.scm.locks import LockBusy, held
from bottega.scm.mirror import Mirror, Mirrors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    Live = Callable[[], Collection[str]]
    """Asked under the lock of a mirror, under which pins are made: who is not named then has no pin to come."""

_DAY = 86400.0
_PACK_SECONDS = 1800.0
_MAX_PACK_BYTES = 1024**4
_MANY_PACKS = 20
_MANY_LOOSE = 16  # files in one of the 256 folders of loose objects: about 4,000 in all
_LEFTOVERS = ("new-*", "*.broken-*", "private/*")


class Collected:
    """What a collection did: how many mirrors it removed, packed, and left alone because they were in use.

    ``failures`` has a sentence for each that could not be dealt with.
    """

    __slots__ = ("busy", "failures", "packed", "removed")

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.removed = 0
        self.packed = 0
        self.busy = 0


def collect_garbage(
    root: Path, max_age_days: float, live: Live | None = None, *, now: float | None = None
) -> Collected:
    """Go over all mirrors once; blocks while it packs. Safe beside running builds.

    Mirrors that no build used for ``max_age_days`` and nobody has pinned are removed. ``live`` names the attempts
    that may hold pins on this agent: pins of others (whose runner died) are dropped first; None drops none.
    Objects are thrown away only from a mirror without any pin, because a workspace may also have started to use a
    branch or tag beside its pinned commit.
    """
    at = time.time() if now is None else now
    mirrors = Mirrors(root)
    _sweep(root, at - _DAY)
    collected = Collected()
    for mirror in mirrors.all():
        try:
            with held(mirror.lock) as lock:
                if live is not None:
                    _drop_pins(mirror, live)
                pinned = bool(mirror.pins())
                if not pinned and mirror.last_used() < at - max_age_days * _DAY:
                    shutil.rmtree(mirror.path)
                    mirror.lock.unlink(missing_ok=True)
                    collected.removed += 1
                elif _is_untidy(mirror):
                    _pack(mirror, mirrors.private, pinned, lock)
                    collected.packed += 1
        except LockBusy:
            collected.busy += 1
        except (OSError, ScmError) as error:
            # The others shall not grow because of this one.
            collected.failures.append(f"{mirror.path.name}: {error}")
    return collected


def _drop_pins(mirror: Mirror, live: Live) -> None:
    for attempt in {attempt for attempt, _ in mirror.pins()} - set(live()):
        mirror.unpin(attempt)


def _is_untidy(mirror: Mirror) -> bool:
    objects = mirror.path / "objects"
    packs = list((objects / "pack").glob("*.pack"))
    torn = any((objects / "pack").glob("tmp_*"))
    return torn or len(packs) > _MANY_PACKS or len(list(objects.glob("17/*"))) > _MANY_LOOSE


def _pack(mirror: Mirror, private: Path, pinned: bool, lock: int) -> None:
    keep_all = ("repack", "-a", "-d", "-k", "-q")
    prune = ("gc", "--quiet", "--prune=now")
    # When the agent is killed git goes on, and the lock with it: a fetch beside it could lose what it just brought.
    start = partial(start_directly, keep=(lock,))
    with private_folder(private) as folder:
        Commands(start, folder).run(
            mirror.git(*(keep_all if pinned else prune)), environment(), _PACK_SECONDS, _MAX_PACK_BYTES
        )


def _sweep(root: Path, oldest: float) -> None:
    """Remove what a killed process left behind; younger things may be in use."""
    for pattern in _LEFTOVERS:
        for path in root.glob(pattern):
            try:
                if path.lstat().st_mtime >= oldest:
                    continue
            except FileNotFoundError:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
