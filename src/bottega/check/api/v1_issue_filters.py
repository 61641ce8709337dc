"""What the filters of v1 mean."""

import re

from bottega.check import languages
from bottega.check.api import issue_words
from bottega.check.api.issue_arguments import checked, words
from bottega.check.api.v1_issue_models import IssueListRequest
from bottega.check.issues.filters import IssueFilter
from bottega.check.issues.rulebook import RuleBook
from bottega.errors import SHOWN, Invalid

_CWE = re.compile(r"(?:CWE-)?([0-9]{1,6})", re.IGNORECASE)

FACETS = (
    "languages",
    "ruleIds",
    "authors",
    "isNew",
    "statusIds",
    "severities",
    "delayStatus",
    "fileNames",
    "userTags",
    "cwes",
)
PLACES = frozenset({"authors", "fileNames"})


def filter_of(data: IssueListRequest, rules: RuleBook) -> IssueFilter:
    """The issues that are wanted. Raises :class:`Invalid`."""
    statuses = words(data.statusIds, "statusIds")
    severities = words(data.severities, "severities")
    return IssueFilter(
        statuses=issue_words.statuses(statuses, issue_words.V1_WANTED, "statusIds") if statuses else None,
        severities=issue_words.severities(severities, "severities") if severities else None,
        deferred=issue_words.one_of_two(words(data.delayStatus, "delayStatus"), "delayStatus"),
        new=issue_words.one_of_two(words(data.isNew, "isNew"), "isNew"),
        languages=_languages(words(data.languages, "languages")),
        rules=_rules(data, rules),
        authors=tuple(words(data.authors, "authors")) or None,
        paths=tuple(words(data.fileNames, "fileNames")) or None,
    )


def facets_of(text: str | None) -> list[str]:
    """The properties that are asked for. Raises :class:`Invalid`."""
    wanted = words(text, "facets") or list(FACETS)
    for one in wanted:
        if one not in FACETS:
            raise Invalid("facets", f"{one[:SHOWN]!r} is none of {', '.join(FACETS)}")
    return list(dict.fromkeys(wanted))


def _languages(wanted: list[str]) -> tuple[str, ...] | None:
    if not wanted:
        return None
    found = (languages.find(one) for one in wanted)
    return tuple(one.name if one else name.upper() for one, name in zip(found, wanted, strict=True))


def _rules(data: IssueListRequest, rules: RuleBook) -> tuple[str, ...] | None:
    """The rules that are named, that have one of the tags, and that find one of the weaknesses."""
    sets: list[set[str]] = []
    if named := words(data.ruleIds, "ruleIds"):
        sets.append(set(named))
    if tags := checked(data.userTags or [], "userTags"):
        sets.append(set(rules.with_tags(tags)))
    if cwes := checked(data.cwes or [], "cwes"):
        numbers: list[int] = []
        for one in cwes:
            if (found := _CWE.fullmatch(one.strip())) is None:
                raise Invalid("cwes", f"{one[:SHOWN]!r} is not of the form CWE-89")
            numbers.append(int(found[1]))
        sets.append(set(rules.with_cwes(numbers)))
    return tuple(sorted(sets[0].intersection(*sets[1:]))) if sets else None
