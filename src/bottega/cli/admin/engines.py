"""Analysers of code checks that a wheel cannot bring along."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def install_engines(
    folder: Annotated[Path | None, Parameter(help="Where to; agents must be able to read it.")] = None,
    *,
    home: Annotated[
        bool, Parameter(help="Into the home folder instead of beside Bottega.", negative="")
    ] = False,
    eslint: Annotated[
        bool, Parameter(help="ESLint too, with what it reads TypeScript with.", negative="")
    ] = False,
    quiet: Annotated[bool, Parameter(help="Say nothing if all is there already.", negative="")] = False,
) -> None:
    """Install the analysers that come from npm: PMD, Stylelint, HTMLHint and, on request, ESLint, in pinned versions.

    Without a folder they go beside Bottega itself, where code checks find them. For any other folder set
    BOTTEGA_NODE_FOLDER, for agents as well.
    """
    from bottega.check.engines.base import EngineFailed
    from bottega.check.engines.node_folder import folders, install, is_complete

    beside, in_home = folders()
    target = folder or (in_home if home else beside)
    missing = [extra for extra in ("", *(["eslint"] if eslint else [])) if not is_complete(target, extra)]
    if not missing and not quiet:
        print(f"{target} has them all")
    for extra in missing:
        try:
            installed = install(target, extra)
        except (OSError, EngineFailed) as error:
            raise SystemExit(f"cannot install analysers into {target}: {error}") from None
        print(f"installed into {target}: {', '.join(installed)}")
