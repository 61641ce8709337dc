"""Why something could not be sent, and what that means for the next try."""


class NotSent(Exception):
    """The message did not get through; ``str(error)`` never holds a secret of ours.

    ``retry``: another try may help. ``target_down``: nothing would get through to this target now, so its other
    messages wait too. ``after``: seconds the other side asked us to wait. ``status``: its HTTP or SMTP code.
    """

    def __init__(
        self,
        reason: str,
        *,
        retry: bool = False,
        target_down: bool = False,
        after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.retry = retry
        self.target_down = target_down
        self.after = after
        self.status = status


def unreachable(reason: str, *, status: int | None = None, after: float | None = None) -> NotSent:
    """The other side is down, overloaded or asks us to slow down."""
    return NotSent(reason, retry=True, target_down=True, status=status, after=after)
