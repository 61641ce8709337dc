"""``bottega build``: a build.yml of this machine, without a server."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

_LIST = Parameter(negative=(), negative_iterable=())


def build(
    directory: Path = Path(),
    /,
    *,
    file: Path | None = None,
    param: Annotated[list[str] | None, _LIST] = None,
    env_file: Annotated[list[Path] | None, _LIST] = None,
    step: Annotated[list[str] | None, _LIST] = None,
    artifacts: Path = Path("bottega-artifacts"),
    listing: Annotated[bool, Parameter(name="--list", negative=())] = False,
    keep: Annotated[bool, Parameter(negative=())] = False,
    in_place: Annotated[bool, Parameter(negative=())] = False,
    no_network: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Run the build of a folder as a server would: same file, same sandbox, same steps, log on the terminal.

    Ends with 0 when the build succeeded, 1 when it failed, 2 for a mistake in the file or the arguments, 130 on Ctrl-C.

    Parameters
    ----------
    directory
        The folder to build (default: this one).
    file
        The build.yml (default: .cloudbuild/build.yml of the folder).
    param
        A parameter, name=value; may be repeated.
    env_file
        A file of NAME=VALUE lines: private parameters, masked in the log; may be repeated.
    step
        Run only steps of this name or action; may be repeated.
    artifacts
        Where upload_artifact puts files.
    listing
        Show the steps, and run nothing.
    keep
        Keep the workspace, and say where it is.
    in_place
        Build in the folder itself and not in a copy.
    no_network
        Give the steps no network.
    """
    from bottega.cli.importing import importing
    from bottega.cli.options import require_git

    require_git()
    with importing():
        from bottega.local.screen import Screen
        from bottega.local.story import Wishes
        from bottega.local.story import build as run

    wishes = Wishes(
        folder=directory,
        file=file,
        params=param or [],
        env_files=env_file or [],
        steps=step or [],
        artifacts=artifacts,
        listing=listing,
        keep=keep,
        in_place=in_place,
        network=not no_network,
    )
    sys.exit(run(wishes, Screen()))
