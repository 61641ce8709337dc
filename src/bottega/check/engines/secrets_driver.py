"""Lets detect-secrets look at files, as a program of its own: only at the lines in which a detector finds anything.

Its own command asks a dozen filters about every line before it looks at it, which makes it the slowest analyser by far.
Nothing of Bottega is imported here. On standard input comes ``{"files": [...], "plugins": [...]}``, names relative to
the working folder; on standard output goes ``[[path, plugin, type, line], ...]``.
"""

# ruff: noqa: E402 - see below

import codecs
import io
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

# Detectors bring a library along by which they could ask others whether a secret is one, and its own command one by
# which it looks at files side by side. Neither is wanted here, and importing them takes longer than looking at a few.
_offline: Any = ModuleType("requests")
_offline.Response, _offline.exceptions = object, SimpleNamespace(RequestException=OSError)
sys.modules["requests"] = _offline
sys.modules["multiprocessing"] = ModuleType("multiprocessing")

from detect_secrets import settings
from detect_secrets.core.scan import _process_line_based_plugins  # pyright: ignore[reportPrivateUsage]
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.plugins.keyword import DENYLIST, KeywordDetector
from detect_secrets.transformers import get_transformed_file

_BY_NAME = tuple(
    f"detect_secrets.filters.{name}"
    for name in (
        "common.is_invalid_file",
        "heuristic.is_non_text_file",
        "heuristic.is_lock_file",
        "heuristic.is_swagger_file",
    )
)
"""Filters of files, which are not asked: what shall be left out is not handed over."""

_AROUND = re.compile(r"\(\?<?[=!]|\\[AZ]")
"""What may hold at the end of a line, and not before the next line."""
_NO_WORD = r"(?!\w)"
"""Holds before the next line too."""

_LETTERS = re.compile(r"[^\W\d_]+$")

Found = tuple[str, str, str, int]


class _Named(io.StringIO):
    """A text with the name of its file, which its transformers go by."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text, newline=None)
        self.name = name


def main() -> None:
    """Look as standard input says."""
    asked = json.load(sys.stdin)
    with settings.transient_settings({"plugins_used": [{"name": name} for name in asked["plugins"]]}):
        settings.get_settings().disable_filters(*_BY_NAME)
        json.dump(list(look(asked["files"])), sys.stdout)


def look(names: Sequence[str]) -> Iterator[Found]:
    """What is in these files; a secret that is in a file several times is told once, as its own command does."""
    contents = {name: text for name in names if (text := _text(name))}
    plain = {name: _lines(text, name) for name, text in contents.items()}
    telling = _telling(line for lines in plain.values() for line in lines)
    for name, text in contents.items():
        found = list(_in_lines(plain[name], name, telling))
        if not found and (others := get_transformed_file(_file(text, name), use_eager_transformers=True)):
            found = list(_in_lines(others, name, _telling(others)))
        yield from found


def _text(name: str) -> str:
    raw = Path(name).read_bytes()
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _file(text: str, name: str) -> Any:
    return _Named(text, name)


def _lines(text: str, name: str) -> list[str]:
    """The lines of a file, of a configuration file the settings in it."""
    file = _file(text, name)
    return get_transformed_file(file) or file.readlines()


def _in_lines(lines: Sequence[str], name: str, telling: set[str]) -> Iterator[Found]:
    codes = {plugin.secret_type: type(plugin).__name__ for plugin in _plugins()}
    seen: set[tuple[str, str]] = set()
    for at, line in enumerate(lines):
        if line.rstrip() not in telling or not _is_found(line.rstrip(), name):
            continue
        # The line before may say that this one is none.
        pair = [(1, lines[at - 1] if at else ""), (2, line)]
        for secret in _process_line_based_plugins(lines=pair, filename=name):
            key = (secret.type, secret.secret_hash)
            if secret.line_number == len(pair) and key not in seen:
                seen.add(key)
                yield name, codes[secret.type], secret.type, at + 1


def _plugins() -> list[Any]:
    return cast("Any", settings).get_plugins()


def _denylist(plugin: Any) -> list[re.Pattern[str]]:
    return list(plugin.denylist)


def _is_found(line: str, name: str) -> bool:
    return any(plugin.analyze_line(filename=name, line=line, line_number=1) for plugin in _plugins())


def _telling(lines: Iterable[str]) -> set[str]:
    """Those of the lines in which a detector may find something."""
    left = {line.rstrip() for line in lines}
    found: set[str] = set()
    for search in _searches("\n".join(left)):
        hits = [line for line in left if search(line)]
        found.update(hits)
        left.difference_update(hits)
    return found


def _searches(lines: str) -> Iterator[Callable[[str], object]]:
    """Functions of a line: one of them says yes wherever a detector finds anything."""
    for plugin in _plugins():
        if isinstance(plugin, RegexBasedDetector):
            yield from (regex.search for regex in _denylist(plugin) if _is_anywhere(regex, lines))
        elif isinstance(plugin, KeywordDetector):
            yield _keyword_search(DENYLIST)
        else:
            yield lambda _line: True


def _keyword_search(keywords: Sequence[str]) -> Callable[[str], object]:
    """Whether one of the keywords, which are patterns, is in a line. Most lines have not even the end of one."""
    search = re.compile("|".join(keywords), re.IGNORECASE).search
    ends = [_LETTERS.search(keyword) for keyword in keywords if "|" not in keyword]
    stems = {end.group().casefold() for end in ends if end is not None}
    if len([end for end in ends if end is not None]) < len(keywords):
        return search

    def has_keyword(line: str) -> object:
        folded = line.casefold()
        return any(stem in folded for stem in stems) and search(line)

    return has_keyword


def _is_anywhere(regex: re.Pattern[str], lines: str) -> bool:
    """False if a look at all lines at once shows that it matches none of them.

    Where case matters that takes a tenth of the time of a look at each; where it does not, it takes longer.
    """
    if regex.flags & re.IGNORECASE or _AROUND.search(regex.pattern.replace(_NO_WORD, "")):
        return True
    return re.compile(regex.pattern, regex.flags | re.MULTILINE).search(lines) is not None


if __name__ == "__main__":
    main()
