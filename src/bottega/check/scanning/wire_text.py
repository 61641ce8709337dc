"""Texts of a repository as they can be sent: names of files may be no text at all."""

MAX_MESSAGE = 4_000


def sendable(text: str) -> str:
    """``text`` as it is, or with the bytes that are no UTF-8 written as ``\\xff``."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text


def message(text: str) -> str:
    """What an analyser says, of a length that a page can show."""
    text = sendable(text).replace("\0", "\\0")
    return text if len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE - 1]}…"
