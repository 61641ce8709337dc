"""What there is to scan: every file with its languages, its content's hash, and why it is not analysed."""

import os
from collections import Counter
from pathlib import Path

import msgspec

from bottega.check import languages
from bottega.check.scanning.cache import key_of
from bottega.check.scanning.content import UNREAD_HASH, read
from bottega.check.scanning.files import Entry, walk
from bottega.check.scanning.plan import Limits, ScanPlan
from bottega.check.scanning.wire_text import sendable

_START = 200
"""Bytes of a file that tell whether it is a script."""
_MAX_NAMES = 5
"""Of files, in a sentence about them."""


class SourceFile(msgspec.Struct, kw_only=True):
    """A file that may be analysed: ``name`` as the system gives it, ``path`` as it is sent.

    ``skipped`` is why nobody analyses it. ``identity`` stands for its name, languages and content in keys of the cache.
    """

    name: str
    path: str
    languages: tuple[str, ...]
    size: int
    sha256: str = UNREAD_HASH
    skipped: str = ""
    identity: bytes = b""


class Inventory(msgspec.Struct, kw_only=True):
    """``others`` are files that are in no language; ``limits`` says in sentences what was not looked at, ``notes`` what
    is unusual about the rest.

    It is ``complete`` if every folder could be listed to its end.
    """

    files: list[SourceFile]
    others: int = 0
    limits: list[str] = []
    notes: list[str] = []
    complete: bool = True


def take(plan: ScanPlan, folder: Path, *, any_text: bool) -> Inventory:
    """Look at every file below ``folder``. With ``any_text`` also those in no language we know, if they are text."""
    found = walk(folder, include=plan.include, ignore=plan.ignore, limit=plan.limits.files)
    limits: list[str] = []
    if found.cut:
        limits.append(f"there are more than {plan.limits.files} files: the others were not looked at")
    if found.unreadable:
        limits.append(f"{_counted(len(found.unreadable), 'folder')} not readable: {_names(found.unreadable)}")
    notes: list[str] = []
    if found.special:
        notes.append(
            f"{_counted(len(found.special), 'link or special file', 'links and special files')} not followed"
        )
    files: list[SourceFile] = []
    others = found.ignored
    told: Counter[str] = Counter()
    paths: set[str] = set()
    for entry in found.entries:
        file = _file(entry, folder, plan.limits, told, any_text=any_text)
        if file is None or file.path in paths:
            others += 1
            continue
        paths.add(file.path)
        files.append(file)
    notes += [sentence.format(_counted(count, "file")) for sentence, count in sorted(told.items())]
    complete = not found.cut and not found.unreadable
    return Inventory(files=files, others=others, limits=limits, notes=notes, complete=complete)


def _file(
    entry: Entry, folder: Path, limits: Limits, told: Counter[str], *, any_text: bool
) -> SourceFile | None:
    path = os.path.join(folder, entry.name)  # noqa: PTH118 - for every file
    written = languages.of_file(entry.name) or _of_script(path, entry)
    if not written and not any_text:
        return None
    file = SourceFile(
        name=entry.name,
        path=sendable(entry.name),
        languages=tuple(language.name for language in written),
        size=entry.size,
    )
    if file.path != file.name:
        told["{} with a name that is no UTF-8, written with \\x"] += 1
    try:
        content = read(path, size=entry.size, max_bytes=limits.file_bytes, max_line=limits.line_bytes)
    except OSError as error:
        file.skipped = f"not readable: {error.strerror}"
    else:
        file.sha256, file.skipped = content.sha256, content.reason
        if content.encoding != "utf-8" and not content.reason:
            told[f"{{}} not in UTF-8, read as {content.encoding}"] += 1
        if limits.lines and not file.skipped and (lines := content.data.count(b"\n")) > limits.lines:
            file.skipped = f"{lines} lines, more than {limits.lines}"
    if not written and file.skipped:
        return None
    file.identity = key_of(file.sha256, file.name, ",".join(file.languages))
    return file


def _of_script(path: str, entry: Entry) -> tuple[languages.Language, ...]:
    if entry.size == 0 or "." in entry.name.rpartition("/")[2]:
        return ()
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return ()
    try:
        return languages.of_script(os.read(descriptor, _START))
    finally:
        os.close(descriptor)


def _counted(count: int, one: str, many: str = "") -> str:
    return f"1 {one}" if count == 1 else f"{count} {many or one + 's'}"


def _names(names: list[str]) -> str:
    shown = ", ".join(sendable(name) for name in names[:_MAX_NAMES])
    return f"{shown}, …" if len(names) > _MAX_NAMES else shown
