"""The system's own rule sets: three for each language, one within the other. They follow from the catalogue."""

import hashlib

import msgspec

from bottega.check.engines.base import COMPREHENSIVE, CRITICAL, GENERAL
from bottega.check.languages import LANGUAGES

LEVELS = (CRITICAL, GENERAL, COMPREHENSIVE)
DEFAULT_LEVEL = GENERAL
CREATOR = "system"

_ENGLISH = {CRITICAL: "critical rules", GENERAL: "general rules", COMPREHENSIVE: "comprehensive rules"}
_CHINESE = {CRITICAL: "关键检查规则集", GENERAL: "通用检查规则集", COMPREHENSIVE: "全面检查规则集"}


class SystemSet(msgspec.Struct, frozen=True, kw_only=True):
    """A rule set nobody can change: the rules of ``language`` up to ``level``. Its id is the same everywhere."""

    id: str
    language: str
    level: int

    @property
    def english(self) -> str:
        """Its name."""
        return f"{LANGUAGES[self.language].shown} {_ENGLISH[self.level]}"

    @property
    def chinese(self) -> str:
        """The same for those who ask in Chinese."""
        return f"{LANGUAGES[self.language].shown} {_CHINESE[self.level]}"


def _id_of(language: str, level: int) -> str:
    return hashlib.sha256(f"bottega rule set {language} {level}".encode()).hexdigest()[:32]


SYSTEM_SETS = {
    (id_ := _id_of(language, level)): SystemSet(id=id_, language=language, level=level)
    for language in LANGUAGES
    for level in LEVELS
}
"""Every one by its id, in the order they are listed; also those of languages that have no rules here."""


def system_set(language: str, level: int = DEFAULT_LEVEL) -> SystemSet:
    """The one of a language by its name, on the level that is the default unless told otherwise."""
    return SYSTEM_SETS[_id_of(language, level)]
