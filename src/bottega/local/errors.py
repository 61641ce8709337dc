"""Why a local build cannot begin."""


class LocalError(Exception):
    """A sentence for whoever typed the command; ``code`` is the exit code that goes with it."""

    def __init__(self, sentence: str, code: int = 2) -> None:
        super().__init__(sentence)
        self.code = code
