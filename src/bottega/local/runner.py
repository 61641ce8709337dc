"""``python -I -m bottega.local.runner SPOOL_FOLDER``: runs a local build or check, and ends with its command."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from bottega.agent.runner.__main__ import main
from bottega.agent.spool import Spool, SpoolError
from bottega.build.actions import ACTIONS
from bottega.local.actions import LocalCheckout, LocalSource
from bottega.local.check.inside import LocalCheck
from bottega.local.uploading import LocalUpload

_PR_SET_PDEATHSIG = 1


def end_with(starter: int) -> None:
    """Ask the kernel for SIGTERM when the command ends, however that happens; end at once if it already has."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != starter:
        raise SystemExit(1)


if __name__ == "__main__":
    for action in (LocalSource(), LocalCheckout(), LocalUpload(), LocalCheck()):
        ACTIONS[action.name] = action
    try:
        end_with(int(Spool(sys.argv[1]).spec()["starter"]))
    except SpoolError as error:
        sys.exit(f"runner: {error}")
    sys.exit(main())
