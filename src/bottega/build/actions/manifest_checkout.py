"""The step "Manifest checkout" (``manifest_checkout``)."""

from __future__ import annotations

from bottega.build.actions import inputs
from bottega.build.actions.base import Action
from bottega.build.actions.fields import Field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from bottega.agent.runner.context import StepContext


class ManifestInputs:
    """The repository with the manifest, the ``file`` in it, and where its projects go: a folder below the workspace."""

    __slots__ = ("branch", "file", "lfs", "password", "path", "url", "username")

    def __init__(self, raw: Mapping[str, Any]) -> None:
        """Raises InputError."""
        self.url = inputs.text(raw, "manifest_url")
        self.branch = inputs.text(raw, "manifest_branch", "")
        self.file = inputs.text(raw, "manifest_file", "default.xml")
        self.path = inputs.text(raw, "path", "")
        self.lfs = inputs.flag(raw, "lfs", False)
        self.username = inputs.text(raw, "username", "")
        self.password = inputs.text(raw, "password", "")


class ManifestCheckout(Action):
    """Checks out all repositories that a manifest of the tool repo names, through the agent's mirrors."""

    name = "manifest_checkout"
    title = "Manifest checkout"
    fields = (
        Field("manifest_url", "text", "address of the repository with the manifest", required=True),
        Field("manifest_branch", "text", "its branch"),
        Field("manifest_file", "text", "file in it; default.xml unless given"),
        Field("path", "text", "folder below the workspace"),
        Field("lfs", "flag", "whether files of Git LFS come along"),
        Field("repo_url", "text", "address of the repo tool; has no effect here"),
        Field("repo_branch", "text", "its branch; has no effect here"),
        Field("username", "text", "user for the manifest's repositories"),
        Field("password", "text", "password for them"),
    )

    def check(self, raw: Mapping[str, Any]) -> None:
        ManifestInputs(raw)

    def run(self, ctx: StepContext) -> int:
        # Runs without a checkout need not pay for git.
        from pathlib import Path  # noqa: PLC0415

        from bottega.scm.manifest_checkout import prepare  # noqa: PLC0415
        from bottega.scm.mirror import Mirrors  # noqa: PLC0415

        source = ManifestInputs(ctx.inputs)
        # Later steps borrow objects from the mirrors: what they need stays pinned until the run is over.
        ctx.at_end(lambda: Mirrors(Path(ctx.mirrors_root)).unpin(ctx.attempt_name))
        return prepare(ctx, source)
