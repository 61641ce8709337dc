"""Refusals of badges, whatever they are about."""

from bottega.errors import NotFound


class UnknownBadge(NotFound):
    """No public badge has this address: there never was one, or it was revoked."""

    def __init__(self) -> None:
        super().__init__("badge", "")
        self.args = ("there is no badge at this address",)
