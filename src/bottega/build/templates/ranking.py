"""Which official templates fit a repository, from the names of its files.

A signal counts as much as its template's file says, less the deeper it lies; of several the strongest decides. Folders
of other people's code and of test data say nothing about how the repository itself is built.
"""

from collections.abc import Iterable, Sequence

from bottega.build.templates.catalogue import OfficialTemplate

MAX_DEPTH = 3
"""Folders above a file that still counts."""

DEPTH_COST = 15
FOREIGN = frozenset(
    {"node_modules", "bower_components", "vendor", "third_party", "fixtures", "testdata", "site-packages"}
)


def rank(templates: Sequence[OfficialTemplate], paths: Iterable[str]) -> list[OfficialTemplate]:
    """The templates that fit, best first; those that fit equally by name."""
    names, endings = _signals(templates)
    best: dict[str, int] = {}
    for path in paths:
        depth = path.count("/")
        if depth > MAX_DEPTH:
            continue
        *folders, name = path.split("/")
        if any(folder in FOREIGN or folder.startswith(".") for folder in folders):
            continue
        ending = name[name.rfind(".") :] if "." in name else ""
        for uuid, score in (*names.get(name, ()), *endings.get(ending, ())):
            best[uuid] = max(best.get(uuid, 0), score - DEPTH_COST * depth)
    fitting = [template for template in templates if best.get(template.uuid, 0) > 0]
    return sorted(fitting, key=lambda template: (-best[template.uuid], template.name.casefold()))


_Signals = dict[str, list[tuple[str, int]]]


def _signals(templates: Sequence[OfficialTemplate]) -> tuple[_Signals, _Signals]:
    """Uuid and score by file name, and by the ending with its dot."""
    names: _Signals = {}
    endings: _Signals = {}
    for template in templates:
        for signal in template.detect:
            for file in signal.files:
                known, key = (endings, file[1:]) if file.startswith("*.") else (names, file)
                known.setdefault(key, []).append((template.uuid, signal.score))
    return names, endings
