"""The checkouts of a build.yml: those of the task's own repository get the very commit the file was read at."""

import shlex
from collections.abc import Sequence
from typing import Any

from bottega.build.actions.inputs import InputError, flag
from bottega.build.planning.inputs import PlanInputs
from bottega.scm.repositories import same_repository

CHECKOUT = "checkout"
SOURCES = frozenset({CHECKOUT, "manifest_checkout"})
"""Actions that bring code: a file with none of them gets a checkout of its own repository."""


def own_checkout(inputs: PlanInputs, commit: str) -> dict[str, Any]:
    """Inputs of a checkout of the task's source at ``commit``, with the branch or tag it was found by."""
    return {
        "url": inputs.url,
        "branch": inputs.branch,
        "tag": inputs.tag,
        "commit": commit,
        "build_type": inputs.build_type,
        "depth": inputs.depth,
        "submodules": inputs.submodules,
        "lfs": inputs.lfs,
        "path": "",
    }


class Checkouts:
    """Decides about the checkouts of one file, in their order."""

    def __init__(self, inputs: PlanInputs, commit: str) -> None:
        self._inputs = inputs
        self._commit = commit
        self._pinned = False

    def filled(self, given: dict[str, Any]) -> dict[str, Any]:
        """Inputs of a checkout step as the action takes them.

        Of the task's repository the first one without a commit or tag of its own gets the commit of the build, whatever
        branch it names: the branch chosen for the run wins. Of later ones those that name that branch, or none.
        """
        filled = {**given, "submodules": _flag(given, "submodule")}
        filled.pop("submodule", None)
        if not same_repository(str(given.get("url") or ""), self._inputs.url):
            return filled
        if given.get("commit") or given.get("tag"):
            return filled
        branch = str(given.get("branch") or "")
        if self._pinned and branch not in {"", self._inputs.branch}:
            return filled
        self._pinned = True
        own = own_checkout(self._inputs, self._commit)
        return {**filled, **{name: own[name] for name in ("url", "branch", "tag", "commit", "build_type")}}


def cached_code(local_path: str, command: str) -> str:
    """The script that fills a code cache: ``command`` in the folder ``local_path`` of the workspace."""
    folder = shlex.quote(local_path)
    return f"mkdir -p -- {folder}\ncd -- {folder}\n{command}"


def brings_code(actions: Sequence[str]) -> bool:
    """Whether any of these actions checks something out."""
    return any(action in SOURCES for action in actions)


def _flag(given: dict[str, Any], name: str) -> bool:
    try:
        return flag(given, name, False)
    except InputError:
        # The reader of the file has refused it, or will.
        return False
