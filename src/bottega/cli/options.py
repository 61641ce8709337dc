"""Options several commands share."""

import shutil
import sys
from pathlib import Path
from typing import Any, NoReturn

from bottega.settings import Settings, SettingsError, load

USAGE_EXIT = 2
FAILURE_EXIT = 1


def fail(message: str, code: int = USAGE_EXIT) -> NoReturn:
    """End with one clear line on stderr."""
    print(f"bottega: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)


def require_git() -> None:
    """End the command on a host that could check nothing out, before anything is started."""
    if shutil.which("git") is None:
        fail("git is not on PATH; install it first (Debian: apt-get install git)", FAILURE_EXIT)


def settings_file(data_dir: Path | None, config: Path | None) -> Path | None:
    """The file that is read: ``DIR/bottega.toml``, if it is there, when none is named."""
    if config is not None or data_dir is None:
        return config
    beside = data_dir / "bottega.toml"
    try:
        return beside if beside.exists() else None
    except OSError:
        # A folder that may not be looked into; reading the file says so.
        return beside


def settings_from(data_dir: Path | None, config: Path | None, **overrides: Any) -> Settings:
    """The settings of a command. Ends the command on errors."""
    tree = dict(overrides)
    if data_dir is not None:
        tree["data_dir"] = str(data_dir)
    try:
        return load(settings_file(data_dir, config), overrides=tree)
    except SettingsError as error:
        fail(str(error))
