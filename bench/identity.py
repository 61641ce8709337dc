"""``python -m bench.identity``: how many issues are recognised after which edit, and how long that takes.

The programs and their edits are those of the tests, which know what became of every statement.
"""

import time

from rich.table import Table
from tests.check.tracking.detector import known, scan
from tests.check.tracking.village import EDITS, edited, program

from bench.table import console
from bottega.check.tracking.matching import match

LANGUAGES = ("PYTHON", "JAVASCRIPT", "JAVA", "C++")
FILES = 300
DRIFT = 1_000
NUMBERS = "numbers in messages"


def main() -> None:
    """Print a row for each edit."""
    table = Table(caption="recognised in each language, wrong in all, and seconds for one of them")
    for heading in ("edit", *LANGUAGES, "wrong", "s"):
        table.add_column(heading)
    for edit in ("nothing", *EDITS, NUMBERS):
        cells: list[str] = []
        wrong, seconds = 0, 0.0
        for language in LANGUAGES:
            village = program(language, 7, files=FILES)
            after = village if edit == NUMBERS else edited(edit, village, 11)
            findings, names, before = scan(village)
            found, new_names, now = scan(after, DRIFT if edit == NUMBERS else 0)
            remembered = known(findings)
            began = time.perf_counter()
            matching = match(remembered, found, before, now)
            seconds = max(seconds, time.perf_counter() - began)
            right = sum(new_names[new] == names[old] for new, old in matching.links.items())
            survived = len(set(names) & set(new_names))
            wrong += len(matching.links) - right
            cells.append(f"{100 * right / survived:.2f} % of {survived:,}")
        table.add_row(edit, *cells, str(wrong), f"{seconds:.2f}")
    console().print(table)


if __name__ == "__main__":
    main()
