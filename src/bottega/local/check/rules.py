"""The rules of the engines that matter for a folder, kept so that the next check need not ask for them."""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

import msgspec

from bottega import __version__
from bottega.check.engines import Engine
from bottega.check.engines.base import EngineFailed, EngineMissing, RuleFacts, rule_id

_FORMAT = 1


class _Kept(msgspec.Struct):
    rules: list[RuleFacts]


class Known(msgspec.Struct):
    """Rules by engine, why other engines have none, and the folders a sandbox has to show of those that are here."""

    facts: dict[str, list[RuleFacts]] = {}
    missing: dict[str, str] = {}
    binds: set[str] = set()


def rules_of(engines: Collection[Engine], folder: Path) -> Known:
    """What is known of these engines. ``folder`` keeps what was learned."""
    known = Known()
    if not engines:
        return known
    with ThreadPoolExecutor(len(engines)) as threads:
        for engine, found in zip(engines, threads.map(_rules, engines, repeat(folder)), strict=True):
            if isinstance(found, str):
                known.missing[engine.name] = found
            else:
                known.facts[engine.name], binds = found
                known.binds.update(binds)
    return known


def by_id(facts: Mapping[str, list[RuleFacts]]) -> dict[str, RuleFacts]:
    """Rules by their unified ids."""
    return {rule_id(engine, rule.code): rule for engine, rules in facts.items() for rule in rules}


def _rules(engine: Engine, folder: Path) -> tuple[list[RuleFacts], tuple[str, ...]] | str:
    try:
        located = engine.locate()
        file = folder / f"{engine.name}-{located.version}-{__version__}-{_FORMAT}.rules"
        try:
            return msgspec.msgpack.decode(file.read_bytes(), type=_Kept).rules, located.binds
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            rules = engine.rules(located)
    except (EngineMissing, EngineFailed) as error:
        return str(error)
    try:
        beside = file.with_suffix(".new")
        beside.write_bytes(msgspec.msgpack.encode(_Kept(rules)))
        beside.replace(file)
    except OSError:
        # The next check asks again.
        return rules, located.binds
    return rules, located.binds
