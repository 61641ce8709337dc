"""Which steps want a container engine. Imported by runners: it imports little."""

from __future__ import annotations

from bottega.agent.tools.images import container_image, image_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

WITH_ENGINE = frozenset({"docker", "build_image", "swr"})
"""The actions that cannot do anything without a container engine."""


def wants_engine(steps: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any of these steps, as a run's specification has them, works with container images."""
    return any(
        step["action"] in WITH_ENGINE or container_image(image_text(step["inputs"].get("image")))
        for step in steps
        if step.get("enabled", True)
    )
