"""Engines as tasks set them: by a number on the wire, with parameters of their own."""

from collections.abc import Mapping

import msgspec

from bottega.check.catalogue.rules import number_of
from bottega.check.engines import ENGINES, Engine
from bottega.errors import SHOWN, Invalid

ON, OFF = "on", "off"


class EngineFacts(msgspec.Struct, frozen=True, kw_only=True):
    """``number`` stays the same over versions and installations: clients keep it."""

    name: str
    title: str
    number: int

    @classmethod
    def of_language(cls, language: str) -> list["EngineFacts"]:
        """All engines that look at files of a language (empty: of any), in the order of their names."""
        found = (
            one for one in ENGINES.values() if not one.languages or not language or language in one.languages
        )
        return sorted((_facts(one) for one in found), key=lambda facts: facts.name)

    def check(self, values: Mapping[str, str]) -> None:
        """Raise :class:`Invalid` for a parameter that the engine does not have; no engine has any so far."""
        for key in values:
            raise Invalid("task_check_settings.cfg_key", f"{self.title} has no parameter {key[:SHOWN]!r}")


def engine_of(number: int, language: str) -> EngineFacts:
    """The engine of that number. Raises :class:`Invalid` where there is none for the language."""
    for engine in EngineFacts.of_language(language):
        if engine.number == number:
            return engine
    raise Invalid("check_id", f"{number} is no engine for {language}")


def _facts(engine: Engine) -> EngineFacts:
    return EngineFacts(name=engine.name, title=engine.title, number=number_of(engine.name))
