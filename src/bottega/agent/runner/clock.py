"""The time at the head of every log line: ``[2023/12/21 15:44:18.743 GMT+08:00]`` (CodeArts' log format)."""

import os
import re
import sys
import time

_SYSTEM_ZONES = "/usr/share/zoneinfo"
_ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")


def use_time_zone(name: str) -> bool:
    """Let the C library's local time be that of ``name`` (IANA); False, and UTC, when there is no such zone.

    The C library is used because importing datetime and zoneinfo costs more than everything else before the
    first step. Machines without a zone database fall back on the one of the ``tzdata`` package.
    """
    roots = [_SYSTEM_ZONES, *(f"{folder}/tzdata/zoneinfo" for folder in sys.path)]
    files = [f"{root}/{name}" for root in roots] if _ZONE_NAME.fullmatch(name) else []
    found = next(filter(os.path.isfile, files), None)
    os.environ["TZ"] = f":{found}" if found else "UTC0"
    time.tzset()
    return found is not None


class Clock:
    """Formats the current time; keeps the text of the current second, because lines come in crowds."""

    def __init__(self) -> None:
        self._second = -1
        self._head = ""
        self._tail = ""

    def stamp(self) -> str:
        """Now, in brackets, with milliseconds and the zone's offset."""
        second, fraction = divmod(time.time_ns(), 1_000_000_000)
        if second != self._second:
            local = time.localtime(second)
            hours, minutes = divmod(abs(local.tm_gmtoff) // 60, 60)
            self._head = time.strftime("[%Y/%m/%d %H:%M:%S.", local)
            self._tail = f" GMT{'-' if local.tm_gmtoff < 0 else '+'}{hours:02d}:{minutes:02d}]"
            self._second = second
        return f"{self._head}{fraction // 1_000_000:03d}{self._tail}"
