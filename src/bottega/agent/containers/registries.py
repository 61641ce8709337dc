"""What the engine is told about registries (containers-registries.conf, containers-policy.json of containers/image)."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

REGISTRIES, POLICY = "registries.conf", "policy.json"
# Names without a registry are those of Docker, as the commands of steps are.
_HEAD = 'unqualified-search-registries = ["docker.io"]\nshort-name-mode = "disabled"\n'
_ACCEPT_ALL = {"default": [{"type": "insecureAcceptAnything"}]}


def configuration(insecure: Sequence[str], mirrors: Mapping[str, str]) -> dict[str, str]:
    """Content by file name. ``insecure`` registries are spoken to without TLS, ``mirrors`` are asked before others."""
    parts = [_HEAD]
    for registry in sorted({*insecure, *mirrors}):
        parts.append(f"\n[[registry]]\nlocation = {json.dumps(registry)}\n")
        if registry in insecure:
            parts.append("insecure = true\n")
        if registry in mirrors:
            mirror = mirrors[registry]
            parts.append(f"\n[[registry.mirror]]\nlocation = {json.dumps(mirror)}\n")
            # A mirror is named with the folder its images are in.
            if mirror.partition("/")[0] in insecure:
                parts.append("insecure = true\n")
    return {REGISTRIES: "".join(parts), POLICY: json.dumps(_ACCEPT_ALL)}
