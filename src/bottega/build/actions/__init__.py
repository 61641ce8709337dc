"""The build actions: one file each, all of them named in ``ACTIONS``."""

from __future__ import annotations

from bottega.build.actions.base import Action
from bottega.build.actions.checkout import Checkout
from bottega.build.actions.download_file import DownloadFile
from bottega.build.actions.inputs import InputError
from bottega.build.actions.shell import Shell

ACTIONS: dict[str, Action] = {action.name: action for action in (Checkout(), Shell(), DownloadFile())}
"""Every action by the name that build.yml and the runner's spec use."""

__all__ = ["ACTIONS", "Action", "InputError"]
