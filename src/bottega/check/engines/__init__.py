"""The engines: one analyser in each file, all of them in ``ENGINES``."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module

from bottega.check.engines.base import Engine


class _Engines(Mapping[str, Engine]):
    """Each is imported when it is asked for: most scans take two or three of them."""

    def __init__(self, **places: str) -> None:
        """``places`` are module and class by name."""
        self._places = places

    def __getitem__(self, name: str) -> Engine:
        return _made(self._places[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@cache
def _made(place: str) -> Engine:
    module, _, name = place.partition(":")
    return getattr(import_module(f"{__name__}.{module}"), name)()


ENGINES: Mapping[str, Engine] = _Engines(
    ruff="ruff:Ruff",
    oxlint="oxlint:Oxlint",
    cppcheck="cppcheck:Cppcheck",
    pmd="pmd:Pmd",
    govet="govet:GoVet",
    shellcheck="shellcheck:Shellcheck",
    hadolint="hadolint:Hadolint",
    stylelint="stylelint:Stylelint",
    htmlhint="htmlhint:HtmlHint",
    sqlfluff="sqlfluff:Sqlfluff",
    yamllint="yamllint:Yamllint",
    zizmor="zizmor:Zizmor",
    secrets="secrets:Secrets",
    astgrep="astgrep:AstGrep",
    bandit="bandit:Bandit",
    pylint="pylint:Pylint",
    clangtidy="clang_tidy:ClangTidy",
    eslint="eslint:Eslint",
)
"""Every engine by its name."""

__all__ = ["ENGINES", "Engine"]
