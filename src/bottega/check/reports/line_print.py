"""The fingerprint of a line that GitHub's code scanning compares results by."""

from collections import deque

NAME = "primaryLocationLineHash"
_WINDOW = 100
_FACTOR = 37
_MASK = (1 << 64) - 1
_BLANK = frozenset(" \t")
_END = "\uffff"


def line_prints(text: str) -> list[str]:
    """For each line the hash of the 100 characters from its beginning on, blanks left out, and how often it came.

    The same function of the text as GitHub's own uploader computes for results that have none: a polynomial over the
    characters in 64 bits, carriage returns as line ends, zeros after the end of the file.
    """
    lines: list[str] = []
    counts: dict[str, int] = {}
    window: deque[int] = deque([0] * _WINDOW, _WINDOW)
    first = pow(_FACTOR, _WINDOW, 1 << 64)
    hashed = 0
    starts: deque[tuple[int, int]] = deque()
    number = position = 0
    at_start, after_return = True, False

    def settle(start: int) -> None:
        value = f"{hashed:x}"
        counts[value] = counts.get(value, 0) + 1
        while len(lines) <= start:
            lines.append("")
        lines[start] = f"{value}:{counts[value]}"

    def push(code: int) -> None:
        nonlocal hashed, position
        oldest = window[0]
        window.append(code)
        hashed = (hashed * _FACTOR + code - first * oldest) & _MASK
        position += 1
        if starts and position - starts[0][1] == _WINDOW:
            settle(starts.popleft()[0])

    for character in text:
        if character in _BLANK or (after_return and character == "\n"):
            after_return = False
            continue
        after_return = character == "\r"
        if at_start:
            starts.append((number, position))
            number += 1
            at_start = False
        push(ord("\n") if after_return else ord(character))
        at_start = after_return or character == "\n"
    if at_start:
        starts.append((number, position))
    push(ord(_END))
    while starts:
        push(0)
    return lines
