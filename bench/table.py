"""Printing what was measured."""

from rich.console import Console
from rich.table import Table

from bench.row import Measured, Row

DIGITS = 3
WIDTH = 120
"""Of what is printed into a file or a pipe; a terminal has its own."""


def console() -> Console:
    """Where everything is printed."""
    terminal = Console(highlight=False)
    return terminal if terminal.is_terminal else Console(highlight=False, width=WIDTH)


def show_one(console: Console, measured: Measured) -> None:
    """A line when a figure is done, with the load average around it."""
    load = f"load {measured.load_before:.2f} before, {measured.load_after:.2f} after"
    console.print(f"{measured.figure}: {measured.seconds:.0f} s, {load}")
    if measured.failure:
        console.print(f"  not measured: {measured.failure}", style="red", markup=False)


def show(console: Console, figures: list[Measured]) -> None:
    """The whole table, and the notes below it."""
    table = Table(caption="over rounds; the median is held against what is wanted")
    for heading in ("figure", "what", "unit"):
        table.add_column(heading, no_wrap=heading != "what")
    for heading in ("min", "median", "max", "wanted"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("met", no_wrap=True)
    table.add_column("load", no_wrap=True)
    for measured in figures:
        head = (measured.figure, f"{measured.load_before:.1f}→{measured.load_after:.1f}")
        for row in measured.rows:
            table.add_row(head[0], *_cells(row), head[1])
            head = ("", "")
        if measured.failure:
            table.add_row(head[0], "not measured", *[""] * 6, head[1])
        table.add_section()
    console.print(table)
    for measured in figures:
        for row in measured.rows:
            if row.note:
                console.print(f"{measured.figure}, {row.what}: {row.note}", markup=False)


def _cells(row: Row) -> list[str]:
    wanted = ""
    if row.wanted is not None:
        wanted = f"{'≥' if row.at_least else '≤'} {_number(row.wanted)}"
    met = {True: "yes", False: "NO", None: ""}[row.met]
    low, middle, high = (_number(value) for value in (min(row.samples), row.median, max(row.samples)))
    return [row.what, row.unit, low, middle, high, wanted, met]


def _number(value: float) -> str:
    """Three digits, without an exponent."""
    if abs(value) >= 10 ** (DIGITS - 1) or value == int(value):
        return f"{value:.0f}"
    return f"{value:.{DIGITS}g}" if abs(value) >= 10**-DIGITS else "0"
