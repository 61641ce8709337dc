"""What an agent can serve, and to which of several a run is left."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

from bottega.agent.tools.versions import fits
from bottega.runs.agents import why_not
from bottega.runs.flavors import holds
from bottega.runs.messages import Offer
from bottega.runs.pools.demands import FLAVOR, LABEL, Demand, read
from bottega.runs.tables import Agent


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """``tools`` has the versions of each tool; None while the agent does not know. ``takes``: it takes runs now.

    ``size`` is that of its host, empty when it does not say: then any flavor fits.
    """

    name: str
    tools: Mapping[str, Sequence[str]] | None
    labels: frozenset[str]
    strict: bool
    takes: bool = True
    size: str = ""

    def lacks(self, demands: str) -> list[Demand]:
        """Which of the demands it does not meet."""
        return [one for one in read(demands) if not self._meets(one)]

    def has(self, demand: Demand) -> str:
        """What it has in place of what it lacks, for people."""
        if demand.name == LABEL:
            return ", ".join(sorted(self.labels)) or "none"
        if demand.name == FLAVOR:
            return self.size
        if self.tools is None:
            return "not looked yet"
        return ", ".join(self.tools.get(demand.name, ())) or "none"

    def _meets(self, demand: Demand) -> bool:
        if demand.name == LABEL:
            return demand.version in self.labels
        if demand.name == FLAVOR:
            return not self.size or holds(self.size, demand.version)
        if self.tools is None:
            # It will know in a moment. Until then a strict agent must not promise anything.
            return not self.strict
        return any(fits(demand.name, demand.version, version) for version in self.tools.get(demand.name, ()))


def offered(agent: Agent, offer: Offer) -> Abilities:
    """What the agent says of itself in this request."""
    tools = None if offer.tools is None else [(tool.name, tool.version) for tool in offer.tools]
    takes = not offer.refusing and agent.draining_at is None
    return _abilities(agent, tools, offer.image_match, offer.labels, takes=takes, size=offer.size)


def known(agent: Agent) -> Abilities:
    """What the agent said when it was last heard."""
    listed = cast("list[dict[str, Any]] | None", agent.offer.get("tools"))
    tools = None if listed is None else [(str(one["name"]), str(one["version"])) for one in listed]
    labels = cast("list[str]", agent.offer.get("labels") or [])
    match, size = str(agent.offer.get("image_match")), str(agent.offer.get("size") or "")
    return _abilities(agent, tools, match, labels, takes=not why_not(agent), size=size)


def may_take(demands: str, agent: Abilities, others: Iterable[Abilities]) -> bool:
    """Whether the agent may be given a run with these demands, while ``others`` serve the same pool.

    A label is always required. A tool in another version, or none at all, and a smaller size will do for an agent that
    is not strict as long as no other agent that takes runs is a better one.
    """
    lacking = agent.lacks(demands)
    if not lacking:
        return True
    if agent.strict or any(one.name == LABEL for one in lacking):
        return False
    return not any(other.takes and not other.lacks(demands) for other in others)


def _abilities(
    agent: Agent,
    tools: list[tuple[str, str]] | None,
    match: str,
    labels: Sequence[str],
    *,
    takes: bool,
    size: str,
) -> Abilities:
    versions: dict[str, list[str]] | None = None
    if tools is not None:
        versions = {}
        for name, version in tools:
            versions.setdefault(name, []).append(version)
    return Abilities(
        name=agent.name,
        tools=versions,
        labels=frozenset([*agent.labels, *labels]),
        strict=match == "strict",
        takes=takes,
        size=size,
    )
