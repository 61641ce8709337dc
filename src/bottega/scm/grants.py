"""Which credentials one run is given: those for the hosts it checks out from, and no others."""

from __future__ import annotations

from bottega.scm.credentials import Credential, names_host
from bottega.scm.giturl import UrlRefused, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

CHECKOUT, MANIFEST_CHECKOUT = "checkout", "manifest_checkout"
"""The actions whose steps name repositories: by ``url`` and ``submodules``, and by ``manifest_url``."""
SUBMODULES_OF = "submodules_of"


def granted(
    rules: Mapping[str, Any], steps: Iterable[Mapping[str, Any]], steps_of: str = ""
) -> dict[str, Any]:
    """``rules`` (git's part of a run's specification) with the credentials these steps may need.

    A repository gets the credentials that open its own URL. When it is checked out with its submodules, whose URLs
    nobody knows yet, it also gets those of its host for any way in, and those whose ``submodules_of`` names its host: a
    repository must not decide by its own ``.gitmodules`` which hosts' secrets come to the agent. Nor by its own
    ``build.yml``: steps that were read from the repository ``steps_of`` are given credentials of that repository's
    host, and those whose ``submodules_of`` names it.
    """
    sources = [_source(step) for step in steps if step.get("enabled", True)]
    kept: list[dict[str, Any]] = []
    for entry in rules.get("credentials", ()):
        fields = {name: value for name, value in entry.items() if name != SUBMODULES_OF}
        trusting = entry.get(SUBMODULES_OF, ())
        credential = Credential.from_dict(fields)
        if steps_of and not _trusts(credential, trusting, steps_of):
            continue
        if any(_needed(credential, trusting, url, below) for url, below in sources if url):
            kept.append(fields)
    return {**rules, "credentials": kept}


def _source(step: Mapping[str, Any]) -> tuple[str, bool]:
    """The URL a step names, if any, and whether it leads to others that nobody knows yet."""
    given = step["inputs"]
    if step["action"] == CHECKOUT:
        return str(given.get("url") or ""), bool(given.get("submodules"))
    if step["action"] == MANIFEST_CHECKOUT:
        # The projects of a manifest are like submodules.
        return str(given.get("manifest_url") or ""), True
    return "", False


def _trusts(credential: Credential, trusting: Iterable[str], url: str) -> bool:
    try:
        parsed = parse(url)
    except UrlRefused:
        return False
    return any(names_host(host, parsed) for host in (credential.host, *trusting))


def _needed(credential: Credential, trusting: Iterable[str], url: str, submodules: bool) -> bool:
    try:
        parsed = parse(url)
    except UrlRefused:
        # The checkout will say so; until then nobody needs a secret for it.
        return False
    if credential.opens(parsed):
        return True
    return submodules and any(names_host(host, parsed) for host in (credential.host, *trusting))
