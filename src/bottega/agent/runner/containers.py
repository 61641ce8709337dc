"""The container engine as the steps of one attempt use it: images in a folder of the attempt, gone with it."""

# pathlib's import costs a runner more than what is done here.
# ruff: noqa: PTH102, PTH118

from __future__ import annotations

import os

from bottega.agent.containers.folders import DATA, prepare
from bottega.agent.containers.registries import configuration
from bottega.agent.runner.environment import PATH
from bottega.agent.sandbox import Command
from bottega.agent.spool import CONTAINERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bottega.agent.runner.attempt import Attempt

# What of a step's variables counts for the engine itself. The others are for the commands it runs.
_PASSED_ON = ("LANG", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


class Containers:
    """Makes the commands of the engine. ``credentials`` are user and password by registry.

    Steps that are no containers see none of its files: an image may have been given credentials, and they none.
    """

    def __init__(self, attempt: Attempt) -> None:
        """Make the folders. Raises OSError."""
        spec = attempt.spec
        self.credentials: dict[str, tuple[str, str]] = {}
        self.steps = 0
        self._engine = spec.containers.engine
        beside = os.path.dirname(spec.workspace)  # noqa: PTH120
        folder = os.path.join(beside, CONTAINERS)
        os.mkdir(folder)
        made = configuration(spec.containers.insecure_registries, spec.containers.mirrors)
        self._binds = prepare(folder, spec.uid, made)
        attempt.quota.watch(f"{folder}/{DATA}")

    def command(
        self,
        script: str,
        arguments: Sequence[str],
        *,
        step: Mapping[str, str],
        env: Mapping[str, str],
        network: bool,
        stdin: bytes | int,
    ) -> Command:
        """Run a script of ours with the engine (:meth:`Engine.shell`). ``step`` are the step's variables, of which
        few are passed on, ``env`` those that are given to the engine.
        """
        known = {name: step[name] for name in _PASSED_ON if name in step}
        return Command(
            self._engine.shell(script, arguments),
            self._engine.environment({**env, **known, "PATH": PATH, "HOME": "/home/build", "USER": "root"}),
            network=network,
            stdin=stdin,
            nested=True,
            binds=self._binds,
        )
