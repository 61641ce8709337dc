"""Drawing text into a PDF. It takes its time to import, and is imported when the first report is drawn."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos
from fpdf.fonts import TTFFont

MARGIN = 16
"""Millimetres."""
_CORE = "Helvetica"
_FONTS = frozenset({b"\0\1\0\0", b"OTTO", b"true", b"ttcf"})
"""How files with fonts, and collections of them, begin."""
_LATIN_END = 0x100
_CONTROL_END = 0x20
_DELETE, _LATIN_BEGIN = 0x7F, 0xA0


class FontUnreadable(Exception):
    """A font that a setting names cannot be used; the text says which, and why."""


class Document:
    """Headings, pairs and paragraphs, one below the other. What no font has is written as ``<U+4E2D>``."""

    def __init__(self, title: str, fonts: Sequence[Path], at_ms: int) -> None:
        """Raises :class:`FontUnreadable`."""
        self._pdf = _Pages(title)
        self._known: set[int] | None = None
        self.missing = 0
        """How many characters had no font."""
        self._pdf.set_creation_date(datetime.fromtimestamp(at_ms // 1000, UTC))
        self._pdf.set_margin(MARGIN)
        self._pdf.set_auto_page_break(auto=True, margin=MARGIN)
        for number, path in enumerate(fonts):
            self._add(f"font{number}", path)
        self._pdf.family = "font0" if fonts else _CORE
        if len(fonts) > 1:
            self._pdf.set_fallback_fonts([f"font{number}" for number in range(1, len(fonts))])
        self._pdf.footer_text = self._shown(title)
        self._pdf.set_title(title)
        self._pdf.set_creator("Bottega")
        self._pdf.add_page()

    def heading(self, text: str, size: float = 12) -> None:
        """A line that is larger than others, with room above."""
        self._pdf.ln(3)
        self._write(text, size)
        self._pdf.ln(1)

    def pairs(self, rows: Sequence[tuple[str, object]]) -> None:
        """A name and a value in each line."""
        for name, value in rows:
            self._pdf.set_font(self._pdf.family, size=9)
            top = self._pdf.get_y()
            if top + 5 > self._pdf.page_break_trigger:
                self._pdf.add_page()
                top = self._pdf.get_y()
            self._pdf.set_text_color(90)
            self._pdf.cell(48, 5, self._shown(name))
            self._pdf.set_text_color(0)
            self._wrapped(5, str(value))

    def line(self, text: str, size: float = 9, *, grey: bool = False) -> None:
        """A paragraph."""
        if grey:
            self._pdf.set_text_color(90)
        self._write(text, size)
        self._pdf.set_text_color(0)

    def space(self) -> None:
        """A little room."""
        self._pdf.ln(1.5)

    def content(self) -> bytes:
        """The file."""
        return bytes(self._pdf.output())

    def _add(self, name: str, path: Path) -> None:
        _check(path)
        try:
            self._pdf.add_font(name, "", path)
            font = self._pdf.fonts[name]
        except Exception as error:
            # Whatever is wrong with a file, the library says it with an error of any kind.
            raise FontUnreadable(f"the font {path} cannot be used: {error}") from error
        if isinstance(font, TTFFont):
            self._known = (self._known or set()) | set(font.cmap)

    def _write(self, text: str, size: float) -> None:
        self._pdf.set_font(self._pdf.family, size=size)
        self._wrapped(size * 0.5, text)

    def _wrapped(self, height: float, text: str) -> None:
        shown = self._shown(text)
        self._pdf.multi_cell(
            0, height, shown, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT, wrapmode=WrapMode.WORD
        )

    def _shown(self, text: str) -> str:
        return "".join(map(self._character, text))

    def _character(self, one: str) -> str:
        code = ord(one)
        if code < _CONTROL_END or _DELETE <= code < _LATIN_BEGIN:
            return " "
        if code in self._known if self._known is not None else code < _LATIN_END:
            return one
        self.missing += 1
        return f"<U+{code:04X}>"


def _check(path: Path) -> None:
    """Refuse what is no font before the library opens it, which leaves files open that it cannot read."""
    try:
        with path.open("rb") as file:
            begin = file.read(4)
    except OSError as error:
        raise FontUnreadable(f"the font {path} cannot be used: {error.strerror}") from None
    if begin not in _FONTS:
        raise FontUnreadable(f"the font {path} cannot be used: it is no TrueType or OpenType file")


class _Pages(FPDF):
    """With what the report is about and its number at the foot of each page."""

    def __init__(self, title: str) -> None:
        super().__init__(format="A4")
        self.family = _CORE
        self.footer_text = title

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font(self.family, size=7)
        self.set_text_color(120)
        self.cell(0, 5, f"{self.footer_text[:100]}   {self.page_no()}", align="C")
        self.set_text_color(0)
