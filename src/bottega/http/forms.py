"""Reading a ``multipart/form-data`` body in memory: what is uploaded here is secret and goes into no temporary file."""

import msgspec
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from bottega.errors import Invalid

FORM = "multipart/form-data"


class Part(msgspec.Struct, frozen=True):
    """One part of a form. ``file_name`` is empty for a field that is no file."""

    name: str
    file_name: str
    content: bytes

    @property
    def text(self) -> str:
        """The content of a field. Raises :class:`Invalid` for bytes that are not UTF-8."""
        try:
            return self.content.decode()
        except UnicodeDecodeError:
            raise Invalid(self.name, "is not text in UTF-8") from None


def read_form(content_type: tuple[str, dict[str, str]], body: bytes, most: int) -> list[Part]:
    """The parts of a form, at most ``most`` of them. Raises :class:`Invalid` for anything that is no whole form."""
    kind, options = content_type
    if kind != FORM or not options.get("boundary"):
        raise Invalid("Content-Type", f"expected {FORM} with a boundary")
    parts: list[Part] = []
    content = bytearray()
    segment: MultipartSegment | None = None
    try:
        with PushMultipartParser(options["boundary"], max_segment_count=most) as parser:
            for event in parser.parse(body):
                if isinstance(event, MultipartSegment):
                    segment = event
                elif event:
                    content += event
                elif segment is not None:
                    parts.append(Part(segment.name or "", segment.filename or "", bytes(content)))
                    content.clear()
    except (MultipartError, UnicodeError, LookupError) as error:
        raise Invalid("body", f"is not a whole form of at most {most} parts: {error}") from None
    return parts
