"""Options several commands share."""

import sys
from pathlib import Path
from typing import Any, NoReturn

from bottega.settings import Settings, SettingsError, load

USAGE_EXIT = 2


def fail(message: str, code: int = USAGE_EXIT) -> NoReturn:
    """End with one clear line on stderr."""
    print(f"bottega: {message}", file=sys.stderr)
    sys.exit(code)


def settings_from(data_dir: Path | None, config: Path | None, **overrides: Any) -> Settings:
    """The settings of a command; ``DIR/bottega.toml`` is read when no file is named. Ends the command on errors."""
    file = config
    if file is None and data_dir is not None and (data_dir / "bottega.toml").exists():
        file = data_dir / "bottega.toml"
    tree: dict[str, Any] = {name: value for name, value in overrides.items() if value}
    if data_dir is not None:
        tree["data_dir"] = str(data_dir)
    try:
        return load(file, overrides=tree)
    except SettingsError as error:
        fail(str(error))
