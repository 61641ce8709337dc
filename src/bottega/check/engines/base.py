"""What every engine is made of. Engines know neither tasks nor issues: files and rules in, findings out."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from bottega.check.findings import RawFinding
from bottega.check.severities import Severity

CRITICAL, GENERAL, COMPREHENSIVE, OPTIONAL = 1, 2, 3, 4
"""The level of a rule: the smallest system set that has it; ``OPTIONAL`` ones are in none and can be switched on."""


class EngineMissing(Exception):
    """The analyser is not here; the text says what is missing and how to get it."""


class EngineFailed(Exception):
    """The analyser did not do its work for these files; the text says why, in one line."""


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """An analyser that can be run: how its command line begins, and its version.

    ``env`` are variables it needs; ``binds`` are folders outside of Python's own that a sandbox has to show it.
    """

    command: tuple[str, ...]
    version: str
    env: dict[str, str] = {}
    binds: tuple[str, ...] = ()


THRESHOLD, MODIFIED = "threshold", "threshold_modify"
"""Keys of options: the limit of a rule, and a greater one for code that was there before and was changed."""


class RuleOption(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold or another choice of a rule; values are texts as on the wire."""

    key: str
    name: str
    default: str
    description: str = ""


class RuleFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine says of one of its rules. ``description`` is Markdown, examples are code.

    ``code`` is the engine's name for it; ``earlier`` are codes it was known by before. ``cwe`` are numbers,
    ``owasp`` words such as ``A03:2021``. ``level`` is one of the constants above.
    """

    code: str
    name: str
    languages: tuple[str, ...]
    severity: Severity
    level: int
    description: str = ""
    tags: tuple[str, ...] = ()
    cwe: tuple[int, ...] = ()
    owasp: tuple[str, ...] = ()
    right_example: str = ""
    wrong_example: str = ""
    advice: str = ""
    url: str = ""
    options: tuple[RuleOption, ...] = ()
    earlier: tuple[str, ...] = ()
    fixable: bool = False


class Completed(msgspec.Struct, frozen=True, kw_only=True):
    """A command that ended by itself."""

    code: int
    stdout: bytes
    stderr: bytes


class Runner(Protocol):
    """Runs an engine's commands; the orchestration bounds their time, memory and output."""

    def __call__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """Run it in ``folder`` to its end. Raises :class:`EngineFailed` for one that had to be killed."""
        ...


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine is to do: ``files`` below ``root`` (relative, with ``/``), rules by the engine's own codes.

    ``rules`` has the options of every rule that is on, by option key. ``scratch`` is an empty folder of its own.
    ``cores`` is how many threads or processes it may use. Without ``own_config`` nothing in the repository may change
    what it looks for: configuration files are not to be read, and never to be executed.
    """

    root: Path
    files: Sequence[str]
    rules: Mapping[str, Mapping[str, str]]
    scratch: Path
    located: Located
    run: Runner
    cores: int = 1
    own_config: bool = False


class Analysis(msgspec.Struct, kw_only=True):
    """What came out. ``unread`` are files that were not looked at, or not to their end, with the reason.

    All other files of the job count as analysed.
    """

    findings: list[RawFinding]
    unread: dict[str, str] = {}
    notes: list[str] = []


class Engine(ABC):
    """One analyser. Stateless; the server uses it for its catalogue, scans use it for files."""

    name: str
    """A word of small letters and digits, such as ``ruff``."""
    title: str
    url: str
    licence: str
    languages: frozenset[str]
    """Names of :mod:`bottega.check.languages`; empty for engines that look at any text."""
    install: str
    """How to get it, for whoever runs the host: ``pip install 'bottega[engines]'``."""
    outside: bool = False
    """Whether it may need folders outside of Python's own: ``binds`` of where it is located."""
    default: bool = True
    """Whether its rules are in the system sets; the rules of the others are ``OPTIONAL``."""
    whole_project: bool = False
    """Whether what it finds in a file may depend on other files, so that results are not kept per file."""
    batch: int = 500
    """How many files it is given at most in one call; 0 for all at once."""
    uses_cores: bool = False
    """Whether one call uses ``cores`` by itself; others are called several times side by side."""

    def takes(self, path: str, languages: Collection[str]) -> bool:  # noqa: ARG002 - some go by the name
        """Whether it looks at a file of these languages."""
        return not self.languages or not self.languages.isdisjoint(languages)

    def surroundings(
        self,
        root: Path,  # noqa: ARG002
        files: Sequence[str],  # noqa: ARG002
        rules: Collection[str],  # noqa: ARG002
    ) -> Mapping[str, bytes]:
        """A digest, by file, of whatever else below ``root`` it reads for these rules when it looks at the file.

        Results are kept per file while the file and this are the same.
        """
        return {}

    @abstractmethod
    def locate(self) -> Located:
        """Where the analyser is and in which version, which must be one we can work with. Raises EngineMissing."""

    @abstractmethod
    def rules(self, located: Located) -> list[RuleFacts]:
        """Its rules, read from the analyser itself. Raises :class:`EngineFailed`."""

    @abstractmethod
    def analyse(self, job: Job) -> Analysis:
        """Look at the files. Raises :class:`EngineFailed`."""


def rule_id(engine: str, code: str) -> str:
    """The unified id: ``ruff:E501``. It has neither commas nor slashes, which lists and paths of the API need."""
    return f"{engine}:{code}".replace("/", ".").replace(",", ".")
