"""``python -m bottega.check.engines.places NAME...`` prints as JSON what a sandbox has to show these engines."""

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from bottega.check.engines import ENGINES, node_folder
from bottega.check.engines.base import EngineMissing

_OWN = "BOTTEGA_"
_HOME = "_HOME"


def places(names: Sequence[str]) -> dict[str, Any]:
    """``binds``: folders of the engines that are here. ``env``: variables of this host that say where engines are."""
    binds: set[str] = set()
    for name in names:
        engine = ENGINES.get(name)
        # Some take a second to tell their version, which the scan asks for in any case.
        if engine is None or not engine.outside:
            continue
        try:
            binds.update(engine.locate().binds)
        except EngineMissing:
            # The scan says so, in its report.
            continue
    return {"binds": sorted(binds), "env": variables()}


def variables() -> dict[str, str]:
    """What in the environment of this host says where engines are."""
    env = {
        name: value for name, value in os.environ.items() if name.startswith(_OWN) and name.endswith(_HOME)
    }
    if (folder := node_folder.present()) is not None:
        # Inside, the home folder is another one.
        env[node_folder.VARIABLE] = str(folder)
    return env


if __name__ == "__main__":
    json.dump(places(sys.argv[1:]), sys.stdout)
