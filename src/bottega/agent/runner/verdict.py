"""How an attempt ended."""

from __future__ import annotations


class Verdict:
    """``outcome`` as in exit.json, ``reason`` a sentence, ``exit_code`` of the step that decided, if one did."""

    __slots__ = ("exit_code", "outcome", "reason")

    def __init__(self, outcome: str, reason: str, exit_code: int | None = None) -> None:
        self.outcome = outcome
        self.reason = reason
        self.exit_code = exit_code
