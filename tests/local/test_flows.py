"""BuildFlows on this machine: job after job, each in a workspace of its own."""

from tests.local.projects import FILE, Builder, Project


def flow(project: Project, jobs: str) -> None:
    project.put(
        FILE, f"version: 2.0\nparams: [{{name: who, value: flow}}, {{name: own, value: flow}}]\njobs:\n{jobs}"
    )


def test_jobs_run_in_the_order_of_what_they_depend_on(builder: Builder, project: Project) -> None:
    flow(
        project,
        "  - {job: Last, depends_on: [First], build_ref: last.yml}\n"
        "  - {job: First, build_ref: first.yml, params: [{name: own, value: job}]}\n",
    )
    project.write("- sh: {inputs: {command: 'echo first $who $own; touch made'}}", file="first.yml")
    project.write(
        "- sh: {inputs: {command: 'echo last $who $own; test ! -e made'}}",
        above="params: [{name: who, value: file}]",
        file="last.yml",
    )
    built = builder.build(project.path, params=["given=1"])
    assert (built.code, built.output) == (0, ["first flow job", "last file flow"]), built
    listed = builder.build(project.path, listing=True)
    assert listed.log.splitlines()[0] == "First (first.yml)"
    assert listed.log.splitlines()[2] == "Last (last.yml, after First)"
    assert builder.left() == []


def test_a_failed_job_takes_along_what_depends_on_it_and_nothing_else(
    builder: Builder, project: Project
) -> None:
    flow(
        project,
        "  - {job: Bad, build_ref: bad.yml}\n"
        "  - {job: After, depends_on: [Bad], build_ref: good.yml}\n"
        "  - {job: Other, build_ref: good.yml}\n",
    )
    project.write("- sh: {inputs: {command: exit 1}}", file="bad.yml")
    project.write("- sh: {inputs: {command: echo good}}", file="good.yml")
    built = builder.build(project.path)
    assert (built.code, built.output) == (1, ["good"]), built
    assert "job After: skipped, because Bad did not succeed" in built.said


def test_a_mistake_in_any_file_is_told_before_anything_runs(builder: Builder, project: Project) -> None:
    flow(
        project,
        "  - {job: Good, build_ref: good.yml}\n  - {job: Bad, build_ref: bad.yml}\n"
        "  - {job: None, build_ref: missing.yml}\n  - {job: Flow, build_ref: .cloudbuild/build.yml}\n",
    )
    project.write("- sh: {inputs: {command: echo good}}", file="good.yml")
    project.write("- shh: {inputs: {command: echo bad}}", file="bad.yml")
    built = builder.build(project.path)
    assert (built.code, built.log) == (2, "")
    assert built.said.splitlines() == [
        "bottega: bad.yml:5:7: there is no action 'shh'; did you mean sh?",
        "bottega: .cloudbuild/build.yml:6:11: missing.yml: No such file or directory; the folder has bad.yml, good.yml",
        "bottega: .cloudbuild/build.yml:7:11: .cloudbuild/build.yml is a build flow itself; "
        "a job needs a file with steps",
    ]


def test_a_mistake_in_a_file_of_two_jobs_is_told_once(builder: Builder, project: Project) -> None:
    flow(project, "  - {job: A, build_ref: bad.yml}\n  - {job: B, build_ref: bad.yml}\n")
    project.write("- shh: {inputs: {command: echo bad}}", file="bad.yml")
    assert (
        builder.build(project.path).said
        == "bottega: bad.yml:5:7: there is no action 'shh'; did you mean sh?\n"
    )


def test_what_has_no_effect_in_the_file_of_the_flow_is_told(builder: Builder, project: Project) -> None:
    flow(project, "  - {job: Good, build_ref: good.yml}\nenv: {resource: {pool: mine}}\n")
    project.write("- sh: {inputs: {command: echo good}}", file="good.yml")
    built = builder.build(project.path, listing=True)
    assert built.code == 0
    assert "pool has no effect without type: custom" in built.said


def test_steps_of_a_flow_cannot_be_chosen(builder: Builder, project: Project) -> None:
    flow(project, "  - {job: Good, build_ref: good.yml}\n")
    project.write("- sh: {inputs: {command: echo good}}", file="good.yml")
    built = builder.build(project.path, steps=["sh"])
    assert (built.code, built.log) == (2, "")
    assert "--step: the file is a BuildFlow" in built.said
