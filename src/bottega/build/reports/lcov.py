"""lcov's ``.info`` files, which are lines of text, as geninfo, grcov, c8, Istanbul and Dart write them.

Lines, branches and functions are counted one by one; the totals that some tools leave out are not looked at.
"""

import io

from bottega.build.reports.coverage_lines import Marks
from bottega.build.reports.errors import ReportUnreadable
from bottega.build.reports.figures import Coverage

MAX_BYTES = 32 * 1024 * 1024
_BEGINNINGS = (b"TN:", b"SF:", b"#")


def is_lcov(document: bytes) -> bool:
    """Whether it begins as such a file does."""
    return document.lstrip().startswith(_BEGINNINGS)


def read(document: bytes) -> Coverage:
    """The figures of one file. Raises :class:`ReportUnreadable` and nothing else, whatever the file holds."""
    if len(document) > MAX_BYTES:
        raise ReportUnreadable(f"has {len(document)} bytes, and at most {MAX_BYTES} are read")
    records = _Records()
    for number, line in enumerate(io.BytesIO(document), 1):
        try:
            records.add(line.decode("utf-8", "replace").strip())
        except (ValueError, IndexError):
            shown = line.decode("utf-8", "replace").strip()[:40]
            raise ReportUnreadable(f"has a line {number} that is not as lcov writes it: {shown!r}") from None
    return records.coverage()


class _Records:
    def __init__(self) -> None:
        self._file = ""
        self._lines = Marks()
        self._branches = Marks()
        self._functions = Marks()

    def add(self, line: str) -> None:
        word, _, rest = line.partition(":")
        match word:
            case "SF":
                self._file = rest
            case "DA":
                number, hits = rest.split(",")[:2]
                self._lines.add(self._file, _whole(number), int(_whole(hits) > 0))
            case "BRDA":
                # The name of a branch may have commas in it.
                number, block, others = rest.split(",", 2)
                branch, _, taken = others.rpartition(",")
                self._branches.add(self._file, (_whole(number), block, branch), int(_taken(taken)))
            case "FN":
                self._functions.add(self._file, _name_of(rest), 0)
            case "FNDA":
                hits, name = rest.split(",", 1)
                self._functions.add(self._file, name, int(_whole(hits) > 0))
            # Since lcov 2.2 functions have a number, and names are told apart from it.
            case "FNL":
                self._functions.add(self._file, int(rest.split(",")[0]), 0)
            case "FNA":
                index, hits, _ = rest.split(",", 2)
                self._functions.add(self._file, int(index), int(_whole(hits) > 0))
            case _:
                pass

    def coverage(self) -> Coverage:
        return Coverage(
            lines=self._lines.counter(),
            branches=self._branches.counter(),
            methods=self._functions.counter(),
        )


def _whole(text: str) -> float:
    # gcov can write counts that are rounded, such as 1.5e+10, and, of threads that race, negative ones.
    return float(text)


def _taken(text: str) -> bool:
    return text != "-" and _whole(text) > 0


def _name_of(rest: str) -> str:
    """From ``line,name`` or, where the end of the function is known too, ``line,line,name``."""
    _, second = rest.split(",", 1)
    end, comma, name = second.partition(",")
    return name if comma and end.isdigit() else second
