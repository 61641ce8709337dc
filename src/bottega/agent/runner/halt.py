"""Why a run ends before its steps are done."""

from __future__ import annotations


class Halt:
    """The order to end the run: ``outcome`` as in exit.json, ``reason`` a sentence, ``grace`` in seconds.

    Without grace the tree is killed at once.
    """

    __slots__ = ("grace", "outcome", "reason")

    def __init__(self, outcome: str, reason: str, grace: float = 0.0) -> None:
        self.outcome = outcome
        self.reason = reason
        self.grace = grace


class Halted(BaseException):
    """The run was ended while a command ran; its processes are dead or being proven dead.

    Not an Exception: an action that catches everything must not turn a stop into a failed step and go on.
    """

    def __init__(self, halt: Halt) -> None:
        super().__init__(halt.reason)
        self.halt = halt
