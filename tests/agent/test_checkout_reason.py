"""What the record of a run says when its checkout failed: the reason, not an exit code."""

import asyncio
from collections.abc import Callable
from typing import Any

from bottega.runs.spec import RunSpec, StepSpec
from bottega.runs.states import RunState
from bottega.runs.tables import Run
from tests.support.repositories import Repository
from tests.support.workshop import Workshop, workshop


def spec(*steps: StepSpec) -> RunSpec:
    return RunSpec(timeout_seconds=60.0, network=False, opening="", env={}, steps=list(steps))


def checkout(**inputs: Any) -> StepSpec:
    return StepSpec(key="stage2", name="Code checkout", action="checkout", inputs=inputs)


def sh(command: str) -> StepSpec:
    return StepSpec(key="stage1", name="Shell", action="sh", inputs={"command": command})


async def failed(made: Workshop, *steps: StepSpec) -> Run:
    """The run; its stage has the same reason as the run itself."""
    run = await made.ended(made.submit(spec=spec(*steps)))
    assert run.state == RunState.FAILURE
    stage = next(stage for stage in run.stages if stage["key"] == "stage2")
    assert run.reason == f"Step 'Code checkout' failed: {stage['reason']}"
    return run


def in_a_workshop(check: Callable[[Workshop], Any]) -> None:
    async def scenario() -> None:
        async with workshop({"one": {}}) as made:
            made.workers["one"].start()
            await check(made)

    asyncio.run(scenario())


def test_the_record_says_why_git_could_not_fetch(repository: Repository) -> None:
    async def check(made: Workshop) -> None:
        missing = await failed(made, checkout(url=f"{repository.url}-missing"))
        assert "there is no repository at this address (git: " in missing.reason
        branch = await failed(made, checkout(url=repository.url, branch="mastr"))
        assert (
            f"There is no branch 'mastr' in {repository.url}; the nearest names are 'master'."
            in branch.reason
        )
        refused = await failed(made, checkout(url="ext::sh -c true"))
        assert "The repository URL is refused: it names a git transport helper" in refused.reason

    in_a_workshop(check)


def test_the_record_says_why_the_workspace_could_not_be_filled(repository: Repository) -> None:
    async def check(made: Workshop) -> None:
        run = await failed(made, sh("mkdir app; chmod 500 app"), checkout(url=repository.url, path="app"))
        commit = repository.git("rev-parse", "HEAD")
        assert f"The checkout of {commit} failed (exit code 1): " in run.reason
        assert run.reason.endswith(": Permission denied.")

    in_a_workshop(check)
