"""Quality gates on the wire: the same four lines everywhere."""

from collections.abc import Sequence

import msgspec

from bottega.check.severities import Severity
from bottega.check.tasks.settings import Gate, GateItem
from bottega.check.tasks.texts import checked_word
from bottega.errors import SHOWN, Invalid

MOST = 2**31 - 1
AT_MOST = "≤"
COMPARISONS = (AT_MOST, "<=")
NAMES = {
    Severity.FATAL: "致命问题数",
    Severity.SERIOUS: "严重问题数",
    Severity.GENERAL: "一般问题数",
    Severity.HINT: "提示问题数",
}
ENGLISH = {
    "critical": Severity.FATAL,
    "major": Severity.SERIOUS,
    "minor": Severity.GENERAL,
    "suggestion": Severity.HINT,
}
_BY_NAME = {name: severity for severity, name in NAMES.items()} | ENGLISH


class ReviewData(msgspec.Struct, kw_only=True):
    """At most ``value`` issues of a severity; ``isCheck`` 0 switches it off.

    ``name`` is one of the Chinese names of the live service, or critical, major, minor, suggestion.
    """

    name: str
    value: int
    compareType: str = AT_MOST  # noqa: N815 - as on the wire
    isCheck: int = 1  # noqa: N815 - as on the wire


def gate_of(lines: Sequence[ReviewData], field: str, *, coverage: bool) -> Gate:
    """As the services have it. Raises :class:`Invalid`."""
    found: dict[int, GateItem] = {}
    for index, one in enumerate(lines):
        place = f"{field}[{index}]"
        severity = _BY_NAME.get(one.name.strip().casefold())
        if severity is None:
            raise Invalid(f"{place}.name", f"{one.name[:SHOWN]!r} is none of {', '.join(_BY_NAME)}")
        if severity in found:
            raise Invalid(f"{place}.name", f"{one.name[:SHOWN]!r} is said twice")
        checked_word(one.compareType, f"{place}.compareType", COMPARISONS)
        if one.isCheck not in {0, 1}:
            raise Invalid(f"{place}.isCheck", "is neither 0 nor 1")
        if not 0 <= one.value <= MOST:
            raise Invalid(f"{place}.value", f"is not between 0 and {MOST}")
        found[severity] = GateItem(severity=int(severity), value=one.value, on=one.isCheck == 1)
    return Gate(items=[found[key] for key in sorted(found)], coverage=coverage)


def review_data(gate: Gate | None) -> list[ReviewData]:
    """All four lines; what was never set is off."""
    known = {item.severity: item for item in gate.items} if gate else {}
    return [
        ReviewData(name=name, value=item.value, isCheck=int(item.on))
        for severity, name in NAMES.items()
        for item in (known.get(int(severity), GateItem(severity=int(severity))),)
    ]
