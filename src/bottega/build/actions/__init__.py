"""The build actions: one file each, or one row of ``tools``; all of them are in ``ACTIONS``."""

from __future__ import annotations

from bottega.build.actions.android_sign import AndroidSign
from bottega.build.actions.base import Action
from bottega.build.actions.build_image import BuildImage
from bottega.build.actions.check import Check
from bottega.build.actions.checkout import Checkout
from bottega.build.actions.docker import Docker
from bottega.build.actions.download_artifact import DownloadArtifact
from bottega.build.actions.download_file import DownloadFile
from bottega.build.actions.inputs import InputError
from bottega.build.actions.late_values import put_in_late
from bottega.build.actions.manifest_checkout import ManifestCheckout
from bottega.build.actions.shell import Shell
from bottega.build.actions.swr import Swr
from bottega.build.actions.tools import TOOLS
from bottega.build.actions.upload_artifact import UploadArtifact
from bottega.build.actions.upload_obs import UploadObs

_ALL: tuple[Action, ...] = (
    Checkout(),
    ManifestCheckout(),
    Shell(),
    DownloadFile(),
    UploadArtifact(),
    DownloadArtifact(),
    UploadObs(),
    Docker(),
    BuildImage(),
    Swr(),
    AndroidSign(),
    Check(),
    *TOOLS,
)

ACTIONS: dict[str, Action] = {action.name: action for action in _ALL}
"""Every action by the name that build.yml and the runner's spec use."""

__all__ = ["ACTIONS", "Action", "InputError", "put_in_late"]
