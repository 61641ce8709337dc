"""Refusals of webhooks."""

from bottega.errors import NotFound


class UnknownHook(NotFound):
    """No such hook, or nothing that proves its secret: strangers learn nothing from the difference."""

    def __init__(self) -> None:
        super().__init__("hook", "")
        self.args = ("there is no such webhook, or the request does not prove that it knows its secret",)
