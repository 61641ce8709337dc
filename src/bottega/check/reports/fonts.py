"""Fonts of this host for what the fonts every reader has cannot show."""

from collections.abc import Sequence
from pathlib import Path

_FOLDER = Path("/usr/share/fonts")
_USUAL = (
    "truetype/dejavu/DejaVuSans.ttf",
    "dejavu-sans-fonts/DejaVuSans.ttf",
    "TTF/DejaVuSans.ttf",
    "truetype/noto/NotoSans-Regular.ttf",
    "truetype/wqy/wqy-microhei.ttc",
    "wqy-microhei/wqy-microhei.ttc",
    "opentype/noto/NotoSansCJK-Regular.ttc",
    "google-noto-cjk/NotoSansCJK-Regular.ttc",
    "truetype/droid/DroidSansFallbackFull.ttf",
)
"""Where distributions keep what has Latin, Greek and Cyrillic letters, and Chinese, Japanese and Korean signs."""


def fonts(chosen: Sequence[str], folder: Path = _FOLDER) -> list[Path]:
    """The fonts to be used, the first that has a character shows it: those that were chosen, else the usual ones."""
    if chosen:
        return [Path(one) for one in chosen]
    return [path for one in _USUAL if (path := folder / one).is_file()]
