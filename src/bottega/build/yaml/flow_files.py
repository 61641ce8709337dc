"""The files that the jobs of a flow build: each is read once, and the mistakes of all are told together."""

from collections.abc import Callable, Collection, Mapping

from bottega.build.yaml.plan import BuildPlan, FlowPlan, PlannedJob
from bottega.build.yaml.problems import MOST_SHOWN, BuildFileError, Problem
from bottega.build.yaml.reading import BuildFile, FlowFile, read


class FileMissing(Exception):
    """There is no file where one was looked for; the text is a sentence for the user."""


def plan_jobs(
    flow: FlowPlan, content_of: Callable[[str], bytes], values: Mapping[str, str], private: Collection[str]
) -> list[tuple[PlannedJob, BuildPlan]]:
    """The jobs of ``flow`` with what each builds; ``values`` and ``private`` as for the flow's own file.

    ``content_of`` reads a file by its path and may raise :class:`FileMissing`. What the file of a job says goes before
    what the flow says for it (reference, section 5.5). Raises :class:`BuildFileError`.
    """
    files: dict[str, BuildFile | FlowFile] = {}
    found: list[tuple[PlannedJob, BuildPlan]] = []
    problems: list[Problem] = []
    for job in flow.jobs:
        try:
            if job.build_ref not in files:
                files[job.build_ref] = read(content_of(job.build_ref), job.build_ref)
            file = files[job.build_ref]
            if isinstance(file, FlowFile):
                raise FileMissing(f"{job.build_ref} is a build flow itself; a job needs a file with steps")  # noqa: TRY301
            defaults = {param.name: param.value for param in (*flow.params, *job.params)}
            found.append((job, file.plan(values, private, defaults)))
        except BuildFileError as error:
            problems += error.problems
        except FileMissing as error:
            problems.append(Problem(file=flow.file, line=job.line, column=job.column, message=str(error)))
    if problems:
        raise BuildFileError(list(dict.fromkeys(problems))[:MOST_SHOWN])
    if found:
        found[0][1].warnings[:0] = flow.warnings
    return found
