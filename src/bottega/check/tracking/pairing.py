"""Which of several findings that look alike is which of several issues that look alike."""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Protocol


class Placed(Protocol):
    """What stands somewhere in a file, between two other lines."""

    @property
    def line(self) -> int: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...


def paired(
    issues: Sequence[Placed], findings: Sequence[Placed], some: Iterable[int], others: Iterable[int]
) -> Iterator[tuple[int, int]]:
    """Pairs of positions in ``issues`` and ``findings``, in source order.

    Where there are more of one than of the other, those between equal lines belong together first: else the removal of
    the first of three would look like the removal of the last.
    """
    known = sorted(some, key=lambda at: issues[at].line)
    found = sorted(others, key=lambda at: findings[at].line)
    if len(known) != len(found):
        for by in (_both, _before, _after):
            linked = list(_equal(known, found, issues, findings, by))
            yield from linked
            taken, used = {at for at, _ in linked}, {at for _, at in linked}
            known = [at for at in known if at not in taken]
            found = [at for at in found if at not in used]
    yield from zip(known, found, strict=False)


def _both(one: Placed) -> Hashable:
    return one.before, one.after


def _before(one: Placed) -> Hashable:
    return one.before


def _after(one: Placed) -> Hashable:
    return one.after


def _equal(
    known: Sequence[int],
    found: Sequence[int],
    issues: Sequence[Placed],
    findings: Sequence[Placed],
    by: Callable[[Placed], Hashable],
) -> Iterator[tuple[int, int]]:
    waiting: dict[Hashable, deque[int]] = defaultdict(deque)
    for at in known:
        waiting[by(issues[at])].append(at)
    for at in found:
        if equal := waiting.get(by(findings[at])):
            yield equal.popleft(), at
