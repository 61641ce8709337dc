"""``bottega check``: findings in a folder of this machine, without a server."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

_LIST = Parameter(negative=(), negative_iterable=())
_FLAG = Parameter(negative=())


def check(
    directory: Path = Path(),
    /,
    *,
    level: str = "general",
    language: Annotated[list[str] | None, _LIST] = None,
    engine: Annotated[list[str] | None, _LIST] = None,
    include: Annotated[list[str] | None, _LIST] = None,
    ignore: Annotated[list[str] | None, _LIST] = None,
    since: str = "",
    gate: str = "fatal=0,serious=0",
    sarif: Path | None = None,
    json: Path | None = None,
    most: int = 200,
    own_config: Annotated[bool, _FLAG] = False,
    duplicates: Annotated[bool, _FLAG] = False,
    no_cache: Annotated[bool, _FLAG] = False,
    verbose: Annotated[bool, Parameter(name=["--verbose", "-v"], negative=())] = False,
) -> None:
    """Look at a folder with the analysers of a server: same engines, same rules, same findings.

    Ends with 0 when the gate is passed, 1 when it is not, 2 for a mistake in the arguments, 3 when an engine failed
    and what was found is not all, 130 on Ctrl-C.

    Parameters
    ----------
    directory
        The folder to check (default: this one). What git is told to ignore is not looked at.
    level
        Which rules: critical, general or comprehensive; each has those before it.
    language
        Look at this language only; may be repeated.
    engine
        Also use all rules of this engine, which is off by default; may be repeated.
    include
        Look only at this folder or file; may be repeated, also with wildcards.
    ignore
        Do not look at this folder or file; may be repeated, also with wildcards.
    since
        Show only what is new against this commit, in files that differ from it or are not in git.
    gate
        How many findings of each severity (fatal, serious, general, hint) are allowed, or none.
    sarif
        Write findings as SARIF 2.1.0 into this file; - is standard output.
    json
        Write everything as JSON into this file; - is standard output.
    most
        Show at most this many findings, the gravest.
    own_config
        Let the folder's own configuration of analysers count.
    duplicates
        Look for duplicated code, too.
    no_cache
        Neither use nor keep results of earlier checks.
    verbose
        Tell what is going on.
    """
    from bottega.cli.importing import importing

    with importing():
        from bottega.local.check.story import Wishes
        from bottega.local.check.story import check as run

    wishes = Wishes(
        folder=directory,
        level=level,
        languages=language or [],
        engines=engine or [],
        include=include or [],
        ignore=ignore or [],
        since=since,
        gate=gate,
        sarif=sarif,
        json=json,
        most=most,
        own_config=own_config,
        duplicates=duplicates,
        cache=not no_cache,
        verbose=verbose,
    )
    sys.exit(run(wishes))
