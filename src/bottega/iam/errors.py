"""What can go wrong while finding out who is asking."""

from bottega.errors import BottegaError


class Unauthenticated(BottegaError):
    """The caller did not prove who they are; the sentence says what is wrong with the proof."""


class TooManyAttempts(BottegaError):
    """Wrong passwords came too fast; ``retry_after`` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many failed attempts; try again in {retry_after} s")
        self.retry_after = retry_after


class TokenNotFound(BottegaError):
    """The token asked about does not exist, expired, or belongs to someone the caller may not look at."""
