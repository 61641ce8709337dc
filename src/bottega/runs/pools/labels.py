"""Labels: words that agents have and runs demand."""

import re
from collections.abc import Iterable

from bottega.errors import SHOWN, Invalid

MAX_LABELS = 16
MAX_DEMANDED = 8

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")


def is_label(text: str) -> bool:
    """Whether a word can be a label: letters, digits, ``_``, ``.`` and ``-``, 32 at most."""
    return _LABEL.fullmatch(text) is not None


def checked_labels(field: str, labels: Iterable[str], most: int = MAX_LABELS) -> list[str]:
    """Each once, in order. Raises :class:`Invalid` naming ``field``."""
    found = sorted(set(labels))
    for label in found:
        if not is_label(label):
            raise Invalid(
                field, f"{label[:SHOWN]!r} is no label: letters, digits, '_', '.' and '-', 32 at most"
            )
    if len(found) > most:
        raise Invalid(field, f"at most {most} labels are possible, not {len(found)}")
    return found


def demanded_labels(field: str, text: str) -> list[str]:
    """The labels in a text such as ``ssd, gpu``. Raises :class:`Invalid` naming ``field``."""
    return checked_labels(field, text.replace(",", " ").split(), MAX_DEMANDED)
