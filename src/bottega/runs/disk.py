"""Refusing new work in time, instead of failing builds on a full disk."""

import shutil
from pathlib import Path

from bottega.settings import RetentionSettings

GIB = 1024**3


def shortage(folder: Path, settings: RetentionSettings) -> str:
    """How much room the disk of ``folder`` lacks and which setting says so; empty while there is enough."""
    usage = shutil.disk_usage(folder)
    share = int(usage.total * settings.min_free_percent / 100)
    wanted, setting = max((settings.min_free_bytes, "min_free_bytes"), (share, "min_free_percent"))
    if usage.free >= wanted:
        return ""
    kept = f"{wanted / GIB:.1f} GiB are kept free (retention.{setting})"
    return f"{usage.free / GIB:.1f} GiB free, {kept}"


def refusal(folder: Path, settings: RetentionSettings) -> str:
    """Why the server lets no new run start, as a sentence; empty while there is room."""
    lacking = shortage(folder, settings)
    return f"the disk of the data folder is low: {lacking}" if lacking else ""
