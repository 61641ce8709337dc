"""What a scan is to do. The server writes it for an agent, ``bottega check`` for itself."""

import msgspec

from bottega.check.findings import Finding

UNCHANGED = "not among the files that were to be checked"
"""Why a scan of some files only has skipped another one."""


class RuleChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that is on: the severity its findings have, and its options by key.

    ``code`` is the engine's own name of the rule; where it is empty it is found out from the unified id.
    """

    severity: int
    options: dict[str, str] = {}
    code: str = ""


class EngineChoice(msgspec.Struct, kw_only=True):
    """What one engine does for one language: rules by unified id."""

    engine: str
    language: str
    rules: dict[str, RuleChoice]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan looks at at most. Every limit that was reached is told in the result."""

    files: int = 100_000
    file_bytes: int = 4 << 20
    line_bytes: int = 20_000
    """A file with a longer line is generated or minified, and not analysed."""
    lines: int = 0
    """Files with more lines are not analysed; 0 is no limit. Tasks have a setting for it."""
    findings: int = 300_000
    engine_seconds: float = 3600.0
    engine_memory_bytes: int = 4 << 30


class ScanPlan(msgspec.Struct, kw_only=True):
    """Everything a scan has to know beside the files.

    ``include`` are folders to look at (empty: all), ``ignore`` files and folders not to look at; both relative with
    ``/``. ``only`` are the files to analyse when not all are (incremental scans); None is all. ``since`` is a commit:
    only files changed since it are analysed, which the checkout has to have. ``blame`` asks for authors of findings.
    ``base`` is the commit at which a merge request left its target: then the result says which findings lie in lines
    that were changed since.
    """

    choices: list[EngineChoice]
    include: list[str] = []
    ignore: list[str] = []
    only: list[str] | None = None
    since: str = ""
    limits: Limits = Limits()
    own_config: bool = False
    duplicates: bool = True
    blame: bool = False
    base: str = ""
    cores: int = 2


class FileMetrics(msgspec.Struct, kw_only=True):
    """Sizes of one file, by the definitions of reference section 5.4."""

    lines: int = 0
    code: int = 0
    comments: int = 0
    functions: int = 0
    complexity: int = 0
    """Cyclomatic complexity of all its functions together."""
    highest_complexity: int = 0
    complex_functions: int = 0
    """Functions above the threshold."""
    cca: int = 0
    """Like complexity, but a whole switch counts as one."""
    highest_cca: int = 0
    complex_cca_functions: int = 0
    highest_depth: int = 0
    deep_functions: int = 0
    function_lines: int = 0
    long_functions: int = 0
    duplicated_lines: int = 0
    duplicated_blocks: int = 0
    unsafe_calls: int = 0
    dead_blocks: int = 0
    """Blocks of code that were commented out."""
    suppressions: int = 0


class ScannedFile(msgspec.Struct, kw_only=True):
    """One file of a language we know, or that an engine for any text looked at: then ``languages`` is empty.

    ``sha256`` in hex of its content, zeros if it was not read; ``line_hashes`` 8 bytes a line, without blanks.
    ``unread`` maps an engine's name to why it did not look at the file; ``skipped`` is why no engine did.
    """

    path: str
    languages: tuple[str, ...]
    sha256: str
    size: int
    engines: tuple[str, ...] = ()
    """Those that analysed it."""
    unread: dict[str, str] = {}
    skipped: str = ""
    line_hashes: bytes = b""
    metrics: FileMetrics | None = None


class EngineReport(msgspec.Struct, kw_only=True):
    """How an engine fared. ``state`` is ``done``, ``partly`` (some files were not read), ``failed`` or ``missing``."""

    engine: str
    state: str
    version: str = ""
    reason: str = ""
    files: int = 0
    analysed: int = 0
    from_cache: int = 0
    findings: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of lines, both ends included."""

    path: str
    line: int
    end_line: int


class DuplicateBlock(msgspec.Struct, frozen=True, kw_only=True):
    """The same code in several places."""

    lines: int
    places: tuple[Place, ...]


class ChangedLines(msgspec.Struct, frozen=True, kw_only=True):
    """Stretches of lines of a file that were changed, first and last line each. ``former`` is its path before."""

    path: str
    former: str
    ranges: tuple[tuple[int, int], ...]


class ScanResult(msgspec.Struct, kw_only=True):
    """What a scan found. Sent as MessagePack, compressed with Zstandard. Never trusted by the server.

    ``files`` has every file found of a language we know, also those no engine looked at; ``others`` counts the rest of
    the repository. ``whole`` is False for a scan that was to look at some files only. ``complete`` is False if some
    could not be listed: what is not among ``files`` may be there all the same. ``limits`` says in sentences which
    limits were reached. ``commit`` is what was checked out, empty outside of repositories. ``changed`` are the lines
    that were changed since the plan's ``base``, as far as they have findings.
    """

    version: int = 1
    commit: str = ""
    whole: bool = True
    files: list[ScannedFile]
    others: int = 0
    engines: list[EngineReport]
    findings: list[Finding]
    duplicates: list[DuplicateBlock] = []
    limits: list[str] = []
    seconds: float = 0.0
    complete: bool = True
    suppressed: int = 0
    """Findings that a comment in the code had switched off."""
    left_out: int = 0
    """Findings that the state has too that was compared with."""
    notes: list[str] = []
    """What is worth knowing although everything was looked at: links, encodings, lines without an author."""
    changed: list[ChangedLines] = []
