"""Findings as they are sent, made anew only for files where something about them changed."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from bottega import __version__
from bottega.check.findings import Finding
from bottega.check.scanning.cache import key_of, key_within
from bottega.check.scanning.describing import Hit, Maker
from bottega.check.scanning.examining import Measured
from bottega.check.scanning.inventory import SourceFile
from bottega.check.scanning.session import Session

_FORMAT = "1"
"""Counts changes of how findings are made, from one version to the next and within one."""


def findings_by_file(
    session: Session,
    files: Sequence[SourceFile],
    hits: Mapping[str, list[Hit]],
    measured: Mapping[str, Measured],
) -> Iterator[tuple[SourceFile, list[Finding]]]:
    """What was found in each file, in the order of ``files``; those without findings are left out."""
    maker = Maker(session.folder, session.plan.limits)
    base = key_of("findings", _FORMAT, __version__, msgspec.msgpack.encode(session.plan.choices))
    wanted = [file for file in files if file.name in hits]
    keys = {file.name: key for file in wanted if (key := _key(base, file, hits[file.name], measured))}
    known = session.cache.get(keys.values())
    fresh: dict[bytes, bytes] = {}
    for file in wanted:
        key = keys.get(file.name)
        found = _decoded(known.get(key)) if key else None
        if found is None:
            hashes = measured[file.name].line_hashes if file.name in measured else b""
            found = maker.findings(file, hits[file.name], hashes)
            if key:
                fresh[key] = msgspec.msgpack.encode(found)
        yield file, found
    session.cache.put(fresh)


def _key(
    base: bytes, file: SourceFile, hits: Sequence[Hit], measured: Mapping[str, Measured]
) -> bytes | None:
    """Stands for everything that findings are made of; None where that cannot be written down."""
    if file.name not in measured:
        return None
    try:
        said = msgspec.msgpack.encode([(hit.result.assignment.engine.name, hit.described) for hit in hits])
    except UnicodeEncodeError:
        return None
    return key_within(base, file.identity, said)


def _decoded(data: bytes | None) -> list[Finding] | None:
    if data is None:
        return None
    try:
        return msgspec.msgpack.decode(data, type=list[Finding])
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
