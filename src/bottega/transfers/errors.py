"""Refusals about uploads."""

from bottega.errors import Forbidden, Invalid


class LeaseRefused(Forbidden):
    """Whoever asks does not hold the lease of a run that goes on."""

    def __init__(self) -> None:
        super().__init__("the lease of this run is over, or it was never held")


class Incomplete(Invalid):
    """An upload had other bytes than it was announced with."""

    def __init__(self, size: int, found: int) -> None:
        what = "more" if found > size else f"{found}"
        super().__init__("size", f"{size} bytes were announced and {what} came")
