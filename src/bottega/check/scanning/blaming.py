"""Who changed the lines of findings last: asked of git once for each content of a file."""

from collections.abc import Sequence

import msgspec

from bottega.check.findings import Finding
from bottega.check.scanning import history
from bottega.check.scanning.cache import key_of
from bottega.check.scanning.history import Author
from bottega.check.scanning.inventory import SourceFile
from bottega.check.scanning.session import Session

_FORMAT = "1"


def blame(session: Session, found: Sequence[tuple[SourceFile, list[Finding]]]) -> str:
    """Give the findings of each file their authors. Returns a sentence about files that are not asked for, if any."""
    lines = {
        file.name: numbers
        for file, findings in found
        if (numbers := sorted({finding.line for finding in findings if finding.line}))
    }
    keys = {
        file.name: key_of("authors", _FORMAT, file.sha256, file.name, repr(lines[file.name]))
        for file, _ in found
        if file.name in lines
    }
    kept = session.cache.get(keys.values())
    known = {name: authors for name, key in keys.items() if (authors := _decoded(kept.get(key)))}
    wanted = {name: numbers for name, numbers in lines.items() if name not in known}
    asked = history.authors(session.folder, wanted, session.plan.cores)
    # A file git says nothing of may be committed one day, or be asked about in time.
    session.cache.put({keys[name]: msgspec.msgpack.encode(said) for name, said in asked.items() if said})
    known |= asked
    for file, findings in found:
        for finding in findings:
            if (author := known.get(file.name, {}).get(finding.line)) is not None:
                finding.author, finding.author_email = author.name, author.email
                finding.changed_at = author.changed_at
    if len(wanted) > history.MAX_BLAMED_FILES:
        return f"authors are known for {len(known)} of {len(lines)} files only"
    return ""


def _decoded(data: bytes | None) -> dict[int, Author]:
    try:
        return msgspec.msgpack.decode(data or b"", type=dict[int, Author])
    except (msgspec.DecodeError, msgspec.ValidationError):
        return {}
