"""One line of the table: samples of one quantity, and what is wanted of it."""

import statistics

import msgspec


class Row(msgspec.Struct, kw_only=True):
    """``samples`` has one value per round, in ``unit``. The median is what is held against ``wanted``."""

    what: str
    unit: str
    samples: list[float]
    wanted: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def met(self) -> bool | None:
        """None where nothing is wanted."""
        if self.wanted is None:
            return None
        return self.median >= self.wanted if self.at_least else self.median <= self.wanted


class Measured(msgspec.Struct, kw_only=True):
    """A figure with the one-minute load average before and after it; ``failure`` when it could not be taken."""

    figure: str
    load_before: float
    load_after: float
    seconds: float
    rows: list[Row]
    failure: str = ""


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least ``share`` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]
