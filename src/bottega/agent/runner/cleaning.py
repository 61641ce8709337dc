"""What a tool prints becomes text that a log can hold: valid UTF-8, newline as the only line end, no NUL."""

import codecs

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()


class Cleaner:
    """Cleans a stream of bytes piece by piece; the pieces may be cut anywhere, also inside a character.

    ``\\r\\n`` and a lone ``\\r`` (progress bars) become a newline. Invalid bytes and NUL become U+FFFD:
    leaving NUL out would put together a secret that was printed with NULs in it. ANSI colours stay.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = False
        self._after_return = False

    def feed(self, data: bytes) -> bytes:
        """Clean the next bytes; an unfinished character at the end waits for its rest."""
        if self._pending or not data.isascii():
            data = self._decoder.decode(data).encode("utf-8")
            self._pending = bool(self._decoder.getstate()[0])
        return self._lines(data)

    def finish(self) -> bytes:
        """The rest at the end of the stream: a character that never became whole is replaced."""
        rest = self._decoder.decode(b"", final=True).encode("utf-8")
        self._decoder.reset()
        self._pending = self._after_return = False
        return rest

    def _lines(self, data: bytes) -> bytes:
        if not data:
            return data
        # The return was written as a newline at once, for it may be a progress bar's last sign of life.
        if self._after_return and data.startswith(b"\n"):
            data = data[1:]
            if not data:
                self._after_return = False
                return data
        self._after_return = data.endswith(b"\r")
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\0" in data:
            data = data.replace(b"\0", _REPLACEMENT)
        return data
