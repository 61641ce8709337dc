"""Going through XML that a build wrote, and so anybody, without keeping or fetching anything.

Entities are refused, declared or not; size, depth and the number of elements are bounded; the whole document is given
to the parser at once, because expat rereads a token that is cut into pieces from its beginning.
"""

from typing import Protocol
from xml.parsers import expat

from bottega.build.reports.errors import ReportUnreadable

MAX_BYTES = 32 * 1024 * 1024
MAX_DEPTH = 100
MAX_ELEMENTS = 2_000_000


class Listener(Protocol):
    """Hears of every element; may raise :class:`ReportUnreadable`. The root has depth 1. Names have no prefix."""

    def start(self, name: str, attributes: dict[str, str], depth: int, /) -> None:
        """An element begins."""
        ...

    def end(self, name: str, depth: int, /) -> None:
        """It ends."""
        ...


def read(document: bytes, listener: Listener, *, may_name_type: bool = False) -> None:
    """Tell ``listener`` of all elements; raises :class:`ReportUnreadable` and nothing else, whatever they are.

    With ``may_name_type`` the document may name its type, which is never fetched; it may not declare anything.
    """
    if len(document) > MAX_BYTES:
        raise ReportUnreadable(f"has {len(document)} bytes, and at most {MAX_BYTES} are read")
    walk = _Walk(listener, may_name_type=may_name_type)
    try:
        walk.parser.Parse(document, True)
    except ReportUnreadable:
        raise
    except expat.ExpatError as error:
        raise ReportUnreadable(f"is not XML: {error}") from None
    # An encoding that is unknown, or that is no encoding of texts.
    except (LookupError, ValueError, TypeError) as error:
        raise ReportUnreadable(f"is written in an encoding that cannot be read: {str(error)[:80]}") from None


class _Walk:
    def __init__(self, listener: Listener, *, may_name_type: bool) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype
        self._listener = listener
        self._may_name_type = may_name_type
        self._depth = 0
        self._elements = 0

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise ReportUnreadable(f"is nested more than {MAX_DEPTH} levels deep")
        if self._elements > MAX_ELEMENTS:
            raise ReportUnreadable(f"has more than {MAX_ELEMENTS} elements")
        self._listener.start(tag.rpartition(":")[2], attributes, self._depth)

    def _end(self, tag: str) -> None:
        self._listener.end(tag.rpartition(":")[2], self._depth)
        self._depth -= 1

    def _doctype(self, _name: str, _system: str | None, _public: str | None, declares: object) -> None:
        if not self._may_name_type:
            raise ReportUnreadable("declares a document type, which a test report never needs")
        if declares:
            raise ReportUnreadable("declares parts of its document type itself, which a report never needs")
