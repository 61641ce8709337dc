"""What is told, the same for all channels."""

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """``title`` is one line, ``facts`` are labels with their texts, ``data`` is the same for programs.

    ``at`` is when it happened, in epoch milliseconds. ``page`` is where the console shows what it is about, from the
    server's root; empty for what has no page.
    """

    event: str
    title: str
    at: int
    facts: list[tuple[str, str]] = []
    data: dict[str, str | int] = {}
    page: str = ""

    def text(self) -> str:
        """Title and facts, a line each."""
        return "\n".join([self.title, *(f"{label}: {fact}" for label, fact in self.facts)])
