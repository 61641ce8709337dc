"""How a run is spoken of to others: each domain has words of its own for its runs."""

from collections.abc import Callable

import msgspec
from sqlalchemy.orm import Session

from bottega.runs.tables import Run


class RunWords(msgspec.Struct, frozen=True, kw_only=True):
    """``called`` such as "Build 7", ``context`` what all runs like it are known by, ``path`` where it is shown.

    ``found`` is what a run that succeeded has found. ``failed`` is why it is a failure all the same, or empty.
    """

    called: str
    context: str
    path: str
    found: str = ""
    failed: str = ""


WordsOf = Callable[[Session, Run], RunWords]
"""Must be quick."""
