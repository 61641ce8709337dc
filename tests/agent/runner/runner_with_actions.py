"""A runner that knows some more actions, to try out what its context offers: ``python -m ... SPOOL_FOLDER``."""

import sys

from bottega.agent.runner.context import StepContext
from bottega.agent.runner.life import live
from bottega.agent.sandbox import Bind
from bottega.agent.spool import Spool
from bottega.build.actions import ACTIONS, Action


class Trusted(Action):
    name = "trusted"
    title = "Run as the agent"

    def check(self, raw: object) -> None: ...

    def run(self, ctx: StepContext) -> int:
        return ctx.run_trusted(ctx.inputs["argv"], env=ctx.inputs["env"], cwd=ctx.inputs["cwd"])


class Sources(Action):
    name = "sources"
    title = "Bind a folder, set a variable, name the source"

    def check(self, raw: object) -> None: ...

    def run(self, ctx: StepContext) -> int:
        ctx.log("DEBUG", f"workspace {ctx.workspace}, run {ctx.run_id}, mirrors {ctx.mirrors_root}")
        ctx.add_bind(Bind(ctx.inputs["folder"], "/mirror"))
        ctx.set_env("MIRROR", ctx.sandbox_path("/mirror"))
        ctx.emit_source(url="https://host/r.git", branch="main", commit="c" * 40, message="a\nb", author="é")
        return ctx.run(["/bin/sh", "-c", 'cat; cat "$MIRROR/file"; pwd'], cwd="/tmp", stdin=b"from stdin\n")


class Offline(Action):
    name = "offline"
    title = "Look at the network"

    def check(self, raw: object) -> None: ...

    def run(self, ctx: StepContext) -> int:
        return ctx.run(["/bin/cat", "/proc/net/dev"], network=ctx.inputs["network"])


class Greedy(Action):
    name = "greedy"
    title = "Catch everything"

    def check(self, raw: object) -> None: ...

    def run(self, ctx: StepContext) -> int:
        try:
            return ctx.run(["/bin/sleep", "1000"])
        except Exception:
            return 0


class Broken(Action):
    name = "broken"
    title = "Have a bug"

    def check(self, raw: object) -> None: ...

    def run(self, ctx: StepContext) -> int:
        raise RuntimeError(f"a detail of {ctx.run_id} that is not for the log")


for action in (Trusted(), Sources(), Offline(), Greedy(), Broken()):
    ACTIONS[action.name] = action

if __name__ == "__main__":
    sys.exit(live(Spool(sys.argv[1])))
