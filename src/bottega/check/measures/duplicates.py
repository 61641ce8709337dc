"""Where the code of a file is a second time, as the newest check of a task saw it."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from bottega.check.issues.tables import CheckDuplicate
from bottega.check.scanning.plan import Place
from bottega.check.tracking.snapshots import FileSnapshot

MOST_BLOCKS = 1_000
"""So many blocks are told of a file at most, the longest."""
_UNREAD = "0" * 64


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a file, both ends included; 0 is open. ``block`` is the number of one block, 0 any."""

    first: int = 0
    last: int = 0
    block: int = 0

    def touches(self, place: Place) -> bool:
        """Whether a line of ``place`` is among them."""
        return place.end_line >= self.first and (not self.last or place.line <= self.last)


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """``place`` is in the file that was asked for, ``others`` are where the same code is as well."""

    number: int
    lines: int
    place: Place
    others: list[Place]


def of_file(session: Session, task_id: str, path: str, wanted: Lines) -> list[Block]:
    """The duplicates in a file, the longest first."""
    query = select(CheckDuplicate).where(CheckDuplicate.task_id == task_id)
    if wanted.block:
        query = query.where(CheckDuplicate.number == wanted.block)
    found: list[Block] = []
    for row in session.scalars(query.order_by(CheckDuplicate.lines.desc(), CheckDuplicate.number)):
        places = [Place(path=place[0], line=place[1], end_line=place[2]) for place in row.places]
        for position, place in enumerate(places):
            if place.path == path and wanted.touches(place):
                others = places[:position] + places[position + 1 :]
                found.append(Block(number=row.number, lines=row.lines, place=place, others=others))
    return found[:MOST_BLOCKS]


def twins(files: Mapping[str, FileSnapshot], path: str) -> list[str]:
    """The other files with the same content."""
    own = files.get(path)
    if own is None or own.sha256 == _UNREAD or not own.line_hashes:
        return []
    return sorted(other for other, one in files.items() if other != path and one.sha256 == own.sha256)
