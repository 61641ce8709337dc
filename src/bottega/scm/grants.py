"""Which credentials one run is given: those for the hosts it checks out from, and no others."""

from __future__ import annotations

from bottega.scm.credentials import Credential, names_host
from bottega.scm.giturl import UrlRefused, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

CHECKOUT = "checkout"
"""The action whose steps name repositories, by their inputs ``url`` and ``submodules``."""
SUBMODULES_OF = "submodules_of"


def granted(rules: Mapping[str, Any], steps: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """``rules`` (git's part of a run's specification) with the credentials these steps may need.

    A repository gets the credentials that open its own URL. When it is checked out with its submodules, whose URLs
    nobody knows yet, it also gets those of its host for any way in, and those whose ``submodules_of`` names its host: a
    repository must not decide by its own ``.gitmodules`` which hosts' secrets come to the agent.
    """
    sources = [
        (str(step["inputs"].get("url") or ""), bool(step["inputs"].get("submodules")))
        for step in steps
        if step["action"] == CHECKOUT and step.get("enabled", True)
    ]
    kept: list[dict[str, Any]] = []
    for entry in rules.get("credentials", ()):
        fields = {name: value for name, value in entry.items() if name != SUBMODULES_OF}
        trusting = entry.get(SUBMODULES_OF, ())
        if any(_needed(Credential.from_dict(fields), trusting, url, below) for url, below in sources):
            kept.append(fields)
    return {**rules, "credentials": kept}


def _needed(credential: Credential, trusting: Iterable[str], url: str, submodules: bool) -> bool:
    try:
        parsed = parse(url)
    except UrlRefused:
        # The checkout will say so; until then nobody needs a secret for it.
        return False
    if credential.opens(parsed):
        return True
    return submodules and any(names_host(host, parsed) for host in (credential.host, *trusting))
