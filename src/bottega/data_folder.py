"""The folder everything is kept in."""

import os
import stat
from pathlib import Path

from bottega.settings import Settings, SettingsError

FOLDER_MODE = 0o711
MASTER_KEY_FILE = "master.key"


def prepare_data_folder(settings: Settings) -> Path:
    """Make the data folder: build users may pass through it to their workspace, and list or read nothing.

    Raises :class:`SettingsError` when it cannot be used.
    """
    data = settings.data
    try:
        # Parents too: what the process's umask makes of them may be closed to build users.
        for folder in reversed([one for one in (data, *data.parents) if not one.exists()]):
            folder.mkdir(exist_ok=True)
            folder.chmod(FOLDER_MODE)
        if not data.is_dir():
            raise SettingsError(f"data_dir: {data} is not a folder")
        found = data.stat()
        if os.geteuid() not in {0, found.st_uid}:
            raise SettingsError(f"data_dir: {data} belongs to another user (uid {found.st_uid})")
        if stat.S_IMODE(found.st_mode) != FOLDER_MODE:
            data.chmod(FOLDER_MODE)
    except OSError as error:
        raise SettingsError(f"data_dir: cannot use {data}: {error.strerror}") from None
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        raise SettingsError(f"data_dir: {data} cannot be written to")
    return data
