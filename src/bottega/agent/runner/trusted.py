"""Commands that run as the agent itself, outside the sandbox: the fetch into a git mirror, and uploads.

They run nothing of the build's workspace; uploads read its files, and follow no link there. Like a step they can be
stopped, leave nothing behind, and die with the runner, because the same guardian stands above them.
"""

from __future__ import annotations

from bottega.agent.sandbox import Command, Facilities, Level, Sandbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bottega.agent.sandbox import Limits, Running

_AS_THE_AGENT = Facilities(
    level=Level.PROCESS, seccomp=False, cgroup="none", own_uid=False, landlock_abi=0, root_mode="", notes=[]
)


def start_trusted(
    argv: Sequence[str], env: Mapping[str, str], cwd: str, output: int, *, limits: Limits, name: str
) -> Running:
    """Start ``argv`` with exactly ``env`` in the host folder ``cwd``, its output going to descriptor ``output``.

    Of the limits only the size of a file and the number of open files count. Raises SandboxUnavailable when
    it cannot be started.
    """
    # "/workspace" is what a sandbox calls the folder it was given: here the one to work in.
    sandbox = Sandbox(facilities=_AS_THE_AGENT, workspace=cwd, limits=limits, uid=None, name=name)
    return sandbox.start(Command(argv, env, "/workspace"), output)
