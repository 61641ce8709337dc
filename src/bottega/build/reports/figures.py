"""The figures of test and coverage reports, by themselves and added up."""

from collections.abc import Iterable

import msgspec

from bottega.build.reports.errors import ReportUnreadable
from bottega.build.statistics.figures import percent

MOST = 2**31 - 1
"""What columns, and clients that know 32 bits, can hold."""


class UnitTests(msgspec.Struct, frozen=True, kw_only=True):
    """How many tests ended how: ``others`` were skipped or are disabled. ``execution_ms`` is their time added up."""

    success: int = 0
    failures: int = 0
    errors: int = 0
    others: int = 0
    execution_ms: int = 0

    @property
    def total(self) -> int:
        """All tests."""
        return self.success + self.failures + self.errors + self.others

    @property
    def passed(self) -> bool:
        """Whether no test failed."""
        return self.failures == self.errors == 0

    @property
    def density(self) -> float:
        """The share of successes among all tests, 0 to 1 with two decimals; 0 of none."""
        return percent(self.success, self.total) / 100


class Counter(msgspec.Struct, frozen=True, kw_only=True):
    """``covered`` of ``total`` things were run by the tests."""

    covered: int
    total: int

    @property
    def ratio(self) -> float | None:
        """Their share in percent with two decimals; None when there are none."""
        return percent(self.covered * 100, self.total) / 100 if self.total else None


class Coverage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was covered, of each kind that the tool counts; None for the others."""

    instructions: Counter | None = None
    branches: Counter | None = None
    lines: Counter | None = None
    methods: Counter | None = None
    classes: Counter | None = None


KINDS = Coverage.__struct_fields__


def add_tests(some: Iterable[UnitTests]) -> UnitTests:
    """All of them together, such as the files of one stage or the stages of one build."""
    sums = dict.fromkeys(UnitTests.__struct_fields__, 0)
    for one in some:
        for name in sums:
            sums[name] = min(sums[name] + getattr(one, name), MOST)
    return UnitTests(**sums)


def add_coverage(some: Iterable[Coverage]) -> Coverage:
    """All of them together; a kind is None when nobody counted it."""
    sums: dict[str, Counter] = {}
    for one in some:
        for kind in KINDS:
            counter: Counter | None = getattr(one, kind)
            if counter is not None:
                known = sums.get(kind, Counter(covered=0, total=0))
                sums[kind] = Counter(
                    covered=known.covered + counter.covered, total=known.total + counter.total
                )
    return Coverage(**sums)


def check_tests(tests: UnitTests) -> None:
    """Raise :class:`ReportUnreadable` for figures that cannot be: agents are not believed."""
    if not all(0 <= getattr(tests, name) <= MOST for name in UnitTests.__struct_fields__):
        raise ReportUnreadable(f"a figure is not between 0 and {MOST}")
    if tests.total > MOST:
        raise ReportUnreadable(f"there are more than {MOST} tests")


def check_coverage(coverage: Coverage) -> None:
    """The same for coverage."""
    for kind in KINDS:
        counter: Counter | None = getattr(coverage, kind)
        if counter is not None and not 0 <= counter.covered <= counter.total <= MOST:
            raise ReportUnreadable(f"{kind}: {counter.covered} of {counter.total} cannot be")
