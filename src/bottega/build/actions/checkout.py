"""The step "Code checkout" (``checkout``)."""

from __future__ import annotations

from bottega.build.actions import inputs
from bottega.build.actions.base import Action
from bottega.build.actions.fields import Field
from bottega.build.actions.inputs import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext

_BUILD_TYPES = ("branch", "tag", "commitId")


class CheckoutInputs:
    """What to check out and where to.

    ``build_type`` says which of branch, tag and commit decides: when it is not given, a commit beats a tag
    and a tag beats a branch. ``path`` is a folder below the workspace; ``depth`` is what ``git log`` may
    show at least.
    """

    __slots__ = ("branch", "build_type", "commit", "depth", "lfs", "path", "submodules", "tag", "url")

    def __init__(
        self,
        *,
        url: str,
        branch: str,
        tag: str,
        commit: str,
        build_type: str,
        depth: int,
        submodules: bool,
        lfs: bool,
        path: str,
    ) -> None:
        self.url = url
        self.branch = branch
        self.tag = tag
        self.commit = commit
        self.build_type = build_type
        self.depth = depth
        self.submodules = submodules
        self.lfs = lfs
        self.path = path

    @classmethod
    def from_inputs(cls, raw: Mapping[str, Any]) -> CheckoutInputs:
        """Raises InputError. YAML calls the submodules' switch ``submodule``; both words are taken."""
        branch, tag, commit = (inputs.text(raw, name, "") for name in ("branch", "tag", "commit"))
        given = inputs.text(raw, "build_type", "")
        build_type = given or ("commitId" if commit else "tag" if tag else "branch")
        if build_type not in _BUILD_TYPES:
            raise InputError("build_type", f"must be one of {', '.join(_BUILD_TYPES)}")
        if build_type == "commitId" and not commit:
            raise InputError("commit", "is required")
        if build_type == "tag" and not tag:
            raise InputError("tag", "is required")
        submodules = "submodules" if "submodules" in raw else "submodule"
        return cls(
            url=inputs.text(raw, "url"),
            branch=branch,
            tag=tag,
            commit=commit,
            build_type=build_type,
            depth=inputs.whole(raw, "depth", 1),
            submodules=inputs.flag(raw, submodules, False),
            lfs=inputs.flag(raw, "lfs", False),
            path=inputs.text(raw, "path", ""),
        )


class Checkout(Action):
    """Brings the source into the workspace through the agent's mirror and tells the server which commit it is."""

    name = "checkout"
    title = "Code checkout"
    fields = (
        Field("scm", "text", "kind of repository; every kind is git here"),
        Field("url", "text", "address of the repository", required=True),
        Field("branch", "text", "branch; the default branch when none is given"),
        Field("tag", "text", "tag, which beats a branch"),
        Field("commit", "text", "commit, which beats a tag"),
        Field("depth", "whole", "how many commits the history shows at least; 1 unless given"),
        Field("submodule", "flag", "whether submodules come along"),
        Field("lfs", "flag", "whether files of Git LFS come along"),
        Field("path", "text", "folder below the workspace"),
    )

    def check(self, raw: Mapping[str, Any]) -> None:
        CheckoutInputs.from_inputs(raw)

    def run(self, ctx: StepContext) -> int:
        # Runs without a checkout need not pay for git.
        from pathlib import Path  # noqa: PLC0415

        from bottega.scm.checkout import prepare  # noqa: PLC0415
        from bottega.scm.mirror import Mirrors  # noqa: PLC0415

        source = CheckoutInputs.from_inputs(ctx.inputs)
        # Later steps borrow objects from the mirror: what they need stays pinned until the run is over.
        ctx.at_end(lambda: Mirrors(Path(ctx.mirrors_root)).unpin(ctx.attempt_name))
        return prepare(ctx, source)
