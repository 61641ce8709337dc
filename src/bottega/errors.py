"""What can go wrong in a service, in words that know no HTTP. Each API family maps these to its own codes."""

SHOWN = 80
"""How many characters of what a client wrote are repeated to it."""


class BottegaError(Exception):
    """Base of every error a client may be told about; ``str(error)`` is the sentence the client sees."""


class Invalid(BottegaError):
    """An input was refused. ``field`` names it as the client wrote it, ``reason`` says what was expected."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class NotFound(BottegaError):
    """Nothing of that ``kind`` and id exists for this tenant (another tenant's things do not exist either)."""

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(f"{kind} {str(key)[:SHOWN]} does not exist")
        self.kind = kind
        self.key = key


class Conflict(BottegaError):
    """The request is well-formed but contradicts the present state."""


class AlreadyFinished(Conflict):
    """A stop was asked for a run that is no longer running."""


class NoHistory(Conflict):
    """A build task was asked for its history and has never been built."""


class Forbidden(BottegaError):
    """The caller is known but lacks the right."""


class Unavailable(BottegaError):
    """The server cannot take this now (disk low, quota reached, messaging down); asking again later may help."""
