"""The files of the engine on the host, and what its commands see of them."""

# pathlib's import costs a runner more than what is done here.
# ruff: noqa: PTH101, PTH102, PTH110, PTH123

from __future__ import annotations

import os

from bottega.agent.containers.engine import CONFIGURATION, FOLDER
from bottega.agent.sandbox import Bind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

DATA = "data"
HOST_FILES = ("/etc/containers/policy.json", "/etc/containers/registries.d", "/etc/containers/certs.d")
"""What the administrator of a host says about signatures and certificates of registries counts for builds too."""
# Others pass through, and cannot list what is there.
_PARENT_MODE = 0o711


def prepare(folder: str, uid: int | None, configuration: Mapping[str, str]) -> list[Bind]:
    """Fill the empty ``folder``: images go to ``data`` below it, which belongs to ``uid``. Raises OSError."""
    data = f"{folder}/{DATA}"
    os.chmod(folder, _PARENT_MODE)
    os.mkdir(data, 0o700)
    if uid is not None and uid != os.getuid():
        os.chown(data, uid, uid)
    shown = [path for path in HOST_FILES if os.path.exists(path)]
    binds = [Bind(data, FOLDER, writable=True), *(Bind(path, path) for path in shown)]
    for name, content in configuration.items():
        if f"{CONFIGURATION}/{name}" not in shown:
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                os.fchmod(file.fileno(), 0o644)
                file.write(content)
            binds.append(Bind(f"{folder}/{name}", f"{CONFIGURATION}/{name}"))
    return binds
