"""Refusing new work in time, instead of failing builds on a full disk."""

import shutil
from pathlib import Path

from bottega.settings import RetentionSettings

MIB = 1024 * 1024


def refusal(folder: Path, settings: RetentionSettings) -> str:
    """Why no new run may start, as a sentence; empty while there is room."""
    usage = shutil.disk_usage(folder)
    wanted = max(settings.min_free_bytes, int(usage.total * settings.min_free_percent / 100))
    if usage.free >= wanted:
        return ""
    return (
        f"the disk of the data folder is low: {usage.free // MIB} MiB are free, {wanted // MIB} MiB are needed "
        "before new builds are taken"
    )
