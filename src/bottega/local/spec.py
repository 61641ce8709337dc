"""From a plan to the document that a runner executes, as the agent writes it for a run of a server."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from bottega.agent.containers.engine import Engine
from bottega.agent.sandbox import Facilities
from bottega.agent.spec import containers
from bottega.build import steps
from bottega.build.actions.tool import CACHE_INPUTS
from bottega.build.yaml import BuildPlan, PlannedStep
from bottega.local.frame import Host, frame
from bottega.local.parameters import Given
from bottega.local.same_repository import same
from bottega.local.tools import Found
from bottega.runs.spec import StepSpec
from bottega.scm.urls import UrlPolicy
from bottega.settings import ApiSettings, ContainerSettings

SOURCE_ACTION = "local_source"
CHECKOUT_ACTION = "local_checkout"
UPLOAD_ACTION = "local_upload"
REGION = ApiSettings().region
NO_IMAGES = "a build in place has no folder of its own for container images"
NO_FILES = "a local build has no file manager: put the file into the folder, or pass it with --env-file"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the build works: folders of this attempt, and the folder that is built.

    ``listed`` is the file that names what is copied, empty when the folder itself is the workspace (``in_place``).
    """

    folder: Path
    workspace: Path
    mirrors: Path
    artifacts: Path
    notify: Path
    listed: Path | None
    remotes: list[str]

    @property
    def in_place(self) -> bool:
        return self.listed is None


def document(
    name: str,
    plan: BuildPlan,
    given: Given,
    place: Place,
    *,
    facilities: Facilities,
    uid: int | None,
    network: bool,
    found: Found,
) -> dict[str, Any]:
    """The spec; its values are JSON."""
    private = {key: value for key, value in given.values.items() if key in given.private}
    planned = _steps(plan.steps, place)
    host = Host(facilities=facilities, uid=uid, notify=place.notify)
    return {
        **frame(name, host, place.workspace, planned, flavor=plan.resource.flavor, network=network),
        "in_place": place.in_place,
        "env": {**plan.values, **private},
        "secrets": [value for value in private.values() if value],
        "git": {
            "policy": UrlPolicy(file_urls=True, allow_http=True, loopback=True).to_dict(),
            "credentials": [],
        },
        "mirrors_root": str(place.mirrors),
        "tools": found.tools,
        "containers": containers(
            Engine(missing=NO_IMAGES) if place.in_place else found.engine, ContainerSettings(), REGION
        ),
        "image_match": "lenient",
        "secret_files": [{"name": one, "refusal": NO_FILES} for one in steps.secret_files(planned)],
    }


def _steps(planned: Sequence[PlannedStep], place: Place) -> list[StepSpec]:
    checkouts = [step for step in planned if step.action == "checkout"]
    own = [step for step in checkouts if _is_own(str(step.inputs.get("url")), place, len(checkouts))]
    found = [
        _step(f"stage{number}", step, CHECKOUT_ACTION if step in own else step.action, place)
        for number, step in enumerate(planned, 1)
    ]
    if place.listed is None:
        return found
    targets = sorted({str(step.inputs.get("path") or "") for step in own} or {""})
    source = StepSpec(
        key="source",
        name="Copy the folder",
        action=SOURCE_ACTION,
        inputs={"folder": str(place.folder), "listed": str(place.listed), "targets": targets},
        label="local_source",
    )
    return [source, *found]


def _is_own(url: str, place: Place, checkouts: int) -> bool:
    """A folder that knows no remote builds itself when there is but one checkout: what else could it mean?"""
    if place.remotes:
        return any(same(url, remote) for remote in place.remotes) or same(url, f"file://{place.folder}")
    return checkouts == 1 or same(url, f"file://{place.folder}")


def _step(key: str, step: PlannedStep, action: str, place: Place) -> StepSpec:
    given: dict[str, Any] = step.all_inputs
    if action == CHECKOUT_ACTION:
        given = {"url": str(step.inputs.get("url")), "folder": str(place.folder)}
    elif action == "upload_artifact":
        action = UPLOAD_ACTION
        given = {**_kept(place), "inputs": given}
    # Nobody would keep it; the story has said so.
    given = {name: value for name, value in given.items() if name not in CACHE_INPUTS}
    return StepSpec(
        key=key,
        name=step.name,
        action=action,
        inputs=given,
        ignore_failure=step.ignore_failure,
        label=f"external_{'pre' if step.preparing else 'post'}_{step.action}",
    )


def _kept(place: Place) -> dict[str, Any]:
    """Where artifacts go. In place, the folder for them is within the build's reach, the built folder itself is not."""
    if place.artifacts.is_relative_to(place.folder):
        return {"anchor": str(place.folder), "parts": list(place.artifacts.relative_to(place.folder).parts)}
    place.artifacts.mkdir(parents=True, exist_ok=True)
    return {"anchor": str(place.artifacts.resolve()), "parts": []}
