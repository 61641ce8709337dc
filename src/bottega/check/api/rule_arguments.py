"""What the operations on rules and rule sets take in paths, queries and headers, and how it is read."""

from collections.abc import Collection
from typing import Annotated

from litestar.params import QueryParameter

from bottega.check.identifiers import HEX32_PATTERN, OPTIONAL_HEX32_PATTERN
from bottega.check.languages import ANY, find
from bottega.check.severities import Severity
from bottega.errors import SHOWN, Invalid

MAX_OFFSET = 999_999
MAX_PAGE = 999
MAX_SEARCH = 200

ProjectIdInQuery = Annotated[
    str,
    QueryParameter(
        name="project_id", description="Id of a CodeArts project", schema_extra={"pattern": HEX32_PATTERN}
    ),
]
OptionalProjectId = Annotated[
    str,
    QueryParameter(
        name="project_id",
        description="Id of a CodeArts project; all the caller takes part in by default",
        schema_extra={"pattern": OPTIONAL_HEX32_PATTERN},
    ),
]
OptionalRuleSetId = Annotated[
    str,
    QueryParameter(
        name="set_id",
        description="Only rules of this rule set",
        schema_extra={"pattern": OPTIONAL_HEX32_PATTERN},
    ),
]
Languages = Annotated[str, QueryParameter(description="Languages, with commas; all by default")]
Severities = Annotated[str, QueryParameter(description="Severities 0 to 3, with commas; all by default")]
Engines = Annotated[str, QueryParameter(description="Engines, with commas; all by default")]
Search = Annotated[str, QueryParameter(description="Part of a name", schema_extra={"maxLength": MAX_SEARCH})]
RowOffset = Annotated[
    int, QueryParameter(description="Row to begin at", schema_extra={"minimum": 0, "maximum": MAX_OFFSET})
]
SmallOffset = Annotated[
    int, QueryParameter(description="Row to begin at", schema_extra={"minimum": 0, "maximum": MAX_PAGE})
]
PageNumber = Annotated[
    int,
    QueryParameter(
        description="Page; 0 and 1 are the first", schema_extra={"minimum": 0, "maximum": MAX_PAGE}
    ),
]
YesOrNo = Annotated[
    str, QueryParameter(description="true, or false", schema_extra={"enum": ["true", "false"]})
]


def page_size(most: int, least: int = 1) -> QueryParameter:
    """What an argument for the size of a page says of itself."""
    return QueryParameter(description="Rows of a page", schema_extra={"minimum": least, "maximum": most})


def words(text: str) -> list[str]:
    """The parts of a list with commas, each once."""
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def language_names(text: str, field: str) -> list[str]:
    """Names of languages in any spelling. Raises :class:`Invalid`."""
    return list(dict.fromkeys(_language(word, field) for word in words(text)))


def severities(text: str, field: str) -> list[int]:
    """Severities as numbers. Raises :class:`Invalid`."""
    return [int(word) for word in chosen(text, {str(int(one)) for one in Severity}, field)]


def chosen(text: str, known: Collection[str], field: str) -> list[str]:
    """Words of a list, each one of ``known``. Raises :class:`Invalid`."""
    found = words(text)
    for word in found:
        if word not in known:
            raise Invalid(field, f"{word[:SHOWN]!r} is not one of {', '.join(sorted(known))}")
    return found


def yes(text: str, field: str) -> bool:
    """A yes or no as the newer operations write it. Raises :class:`Invalid`."""
    if text not in {"true", "false"}:
        raise Invalid(field, "must be true or false")
    return text == "true"


def search_word(text: str, field: str) -> str:
    """A text to look for. Raises :class:`Invalid`."""
    if len(text) > MAX_SEARCH:
        raise Invalid(field, f"must be at most {MAX_SEARCH} characters")
    return text.strip()


def _language(word: str, field: str) -> str:
    if word.upper() == ANY:
        return ANY
    language = find(word)
    if language is None:
        raise Invalid(field, f"{word[:SHOWN]!r} is no language that can be checked")
    return language.name
