"""Every action that build.yml can name: those that can be carried out, and those that are only known."""

from collections.abc import Mapping
from functools import cache

import msgspec

from bottega.build.actions import ACTIONS, Action
from bottega.build.actions.fields import COMMAND, Field

PREPARING = ("checkout", "manifest_checkout", "sh")
"""What PRE_BUILD may do (reference, section 5.4)."""

IGNORE = Field("ignore_fail", "flag", "whether the build goes on when the step fails")
"""An input of every action."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One action. Without ``action`` it can be planned, and its build fails at that step."""

    name: str
    title: str
    fields: tuple[Field, ...]
    action: Action | None = None

    @property
    def inputs(self) -> tuple[Field, ...]:
        """Its own and those of every action."""
        return (*self.fields, IGNORE)


def _text(name: str, title: str, *, required: bool = False) -> Field:
    return Field(name, "text", title, required=required)


def _known(name: str, title: str, *fields: Field) -> Kind:
    return Kind(name=name, title=title, fields=fields)


# What the reference's table (section 5.4) says of them. An action of the same name in ACTIONS takes the place of a row.
_ROWS = (
    _known(
        "manifest_checkout",
        "Checkout by manifest",
        _text("manifest_url", "address of the repository with the manifest", required=True),
        _text("manifest_branch", "its branch"),
        _text("manifest_file", "file in it; default.xml unless given"),
        _text("path", "folder below the workspace"),
        Field("lfs", "flag", "whether files of Git LFS come along"),
        _text("repo_url", "address of the repo tool"),
        _text("repo_branch", "its branch"),
        _text("username", "user for the manifest's repositories"),
        _text("password", "password for them"),
    ),
    _known(
        "upload_artifact",
        "Upload to the release repository",
        _text("path", "files of the workspace, with *, ? and **", required=True),
        _text("version", "version; the build number unless given"),
        _text("name", "name of the package"),
    ),
    _known(
        "download_artifact",
        "Download from the release repository",
        _text("url", "address of the artifact", required=True),
    ),
    _known(
        "upload_obs",
        "Upload to an object store",
        _text("artifact_path", "files of the workspace; bin/* unless given"),
        _text("bucket_name", "name of the bucket", required=True),
        _text("obs_directory", "folder in the bucket; ./ unless given"),
        _text("artifact_dest_name", "name of the object"),
        Field("upload_directory", "flag", "whether whole folders are uploaded"),
        Field("headers", "mapping", "headers of the objects"),
    ),
    _known(
        "build_image",
        "Build an image and push it",
        Field("regions", "list", "regions of the registry"),
        _text("organization", "organization in the registry"),
        _text("image_name", "name of the image"),
        _text("image_tag", "tag of the image"),
        _text("dockerfile_path", "path of the Dockerfile; ./Dockerfile unless given"),
        Field("set_meta_data", "flag", "whether the build is noted in the image"),
    ),
    _known("docker", "Run Docker commands", COMMAND),
    _known("swr", "Run in an image", COMMAND),
    _known("android_sign", "Sign an Android package"),
    *(
        _known(name, title, COMMAND, Field("cache", "flag", "whether to keep what the tool downloads"))
        for name, title in (
            ("ionic_android_app", "Ionic Android build"),
            ("ark", "Ark build"),
            ("quick_app", "Quick app build"),
            ("harmonyos", "HarmonyOS build"),
        )
    ),
)


@cache
def kinds() -> Mapping[str, Kind]:
    """All of them by name: what can be carried out first."""
    rows = {row.name: row for row in _ROWS}
    found = {
        action.name: Kind(
            name=action.name,
            title=action.title,
            fields=action.fields or (rows[action.name].fields if action.name in rows else ()),
            action=action,
        )
        for action in ACTIONS.values()
    }
    return {**found, **{name: row for name, row in rows.items() if name not in found}}
