"""What a plan is made from: fixed when the run is accepted, so that later edits of the task cannot change it."""

import msgspec


class PlanInputs(msgspec.Struct, kw_only=True):
    """The source, and the parameters without private values.

    ``values`` are those of the task and the run, ``predefined`` what the server sets; names in ``private`` are known
    to scripts only. ``depth``, ``submodules`` and ``lfs`` are for a checkout that the file leaves to us. ``taken`` has
    runs of an earlier build of the same flow that are not run again, by the names of their jobs.
    """

    url: str
    build_type: str
    branch: str
    tag: str
    commit: str
    path: str
    values: dict[str, str]
    predefined: dict[str, str]
    private: list[str]
    depth: int = 1
    submodules: bool = False
    lfs: bool = False
    taken: dict[str, str] = {}
