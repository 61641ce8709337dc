from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bottega.build.yaml import Param, Resource, graph
from tests.build.yaml.files import HEAD, flow, problems

JOBS = """
    - {job: Job3, depends_on: [Job1, Job2], build_ref: .cloudbuild/build3.yml}
    - {job: Job1, build_ref: ./.cloudbuild/build1.yml, params: [{name: a, value: 1}]}
    - {job: Job2, depends_on: Job1, build_ref: ".cloudbuild/${p}.yml"}
"""


def test_a_flow_is_planned_in_the_order_of_its_file() -> None:
    plan = flow(f"params: [{{name: p, value: x}}]\nbuildflow:\n  strategy: Lazy\n  jobs:{JOBS}")
    assert (plan.strategy, plan.params, plan.values) == ("lazy", [Param(name="p", value="x")], {"p": "x"})
    assert [(job.name, job.depends_on, job.build_ref) for job in plan.jobs] == [
        ("Job3", ["Job1", "Job2"], ".cloudbuild/build3.yml"),
        ("Job1", [], ".cloudbuild/build1.yml"),
        ("Job2", ["Job1"], ".cloudbuild/x.yml"),
    ]
    assert plan.jobs[1].params == [Param(name="a", value="1")]
    assert (plan.jobs[0].line, plan.jobs[0].column, plan.resource) == (6, 13, Resource())


def test_the_older_form_has_its_jobs_beside_the_flow() -> None:
    plan = flow(f"buildflow:\n  strategy: lazy\njobs:{JOBS}", p="x")
    assert (plan.strategy, len(plan.jobs)) == ("lazy", 3)
    assert flow(f"jobs:{JOBS}", p="x").strategy == "eager"


def test_the_first_true_condition_chooses_the_jobs() -> None:
    text = """
        env: {resource: {arch: ARM}}
        buildflows:
          - {condition: p == 1, jobs: [{job: A, build_ref: a.yml}]}
          - {condition: p >= 1, strategy: lazy, jobs: [{job: B, build_ref: b.yml}]}
        """
    assert [job.name for job in flow(text, p="1").jobs] == ["A"]
    plan = flow(text, p="2")
    assert ([job.name for job in plan.jobs], plan.strategy, plan.resource.arch) == (["B"], "lazy", "arm")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jobs:\n", "2:1: a BuildFlow needs jobs"),
        ("jobs: []\n", "2:7: jobs needs at least one job"),
        ("buildflow: {}\n", "2:1: buildflow needs jobs"),
        ("buildflow: {strategy: lazzy, jobs: [{job: A, build_ref: a}]}",
         "2:23: strategy must be lazy or eager, not 'lazzy'; did you mean lazy?"),
        ("buildflow: {jobs: []}\nbuildflows: []\n", "2:1: a file has buildflows or buildflow, not both"),
        ("buildflow: {jobs: [{job: A, build_ref: a}]}\njobs: []\n",
         "3:1: jobs are below buildflow or beside it, not both"),
        ("buildflows: []\n", "2:1: buildflows needs at least one item"),
        ("buildflows: [{jobs: [{job: A, build_ref: a}]}]\n", "2:14: an item of buildflows needs condition"),
        ("buildflows: [{condition: p == 2, jobs: [{job: A, build_ref: a}]}]\n",
         "2:1: no condition of buildflows is true: there is nothing to build"),
        ("jobs: [{job: A}]", "2:8: a job needs build_ref"),
        ("jobs: [{build_ref: a}]", "2:8: a job needs job"),
        ("jobs: [{job: A, build_ref: a, depend_on: []}]",
         "2:31: a job has no 'depend_on', only job, depends_on, build_ref or params; did you mean depends_on?"),
        ("jobs: [{job: A, build_ref: /etc/x}]", "2:28: build_ref must be the path of a file in the repository"),
        ("jobs: [{job: A, build_ref: a}, {job: A, build_ref: b}]", "2:38: the job 'A' is given twice, first in line 2"),
        ("jobs: [{job: 'a|b', build_ref: a}]",
         "2:14: a job's name is 1 to 128 characters: Chinese, letters, digits, spaces and -_,;:./()"),
        ("jobs: [{job: Job1, build_ref: a}, {job: Job2, build_ref: b, depends_on: [Jbo1]}]",
         "2:74: there is no job 'Jbo1'; did you mean Job1?"),
        ("jobs: [{job: a, build_ref: a, depends_on: [b]}, {job: b, build_ref: b, depends_on: a}]",
         "2:44: jobs wait for each other: a → b → a"),
        ("jobs: [{job: a, build_ref: a, depends_on: a}]", "2:43: jobs wait for each other: a → a"),
        ("jobs: [" + ", ".join(f"{{job: j{n}, build_ref: a}}" for n in range(101)) + "]", None),
    ],
)  # fmt: skip
def test_mistakes_of_flows_are_told_with_their_place(text: str, expected: str | None) -> None:
    found = problems(HEAD + text, p="1")
    if expected is None:
        assert found[0].endswith("there are 101 jobs, 100 are allowed")
    else:
        assert found[0] == expected


GRAPHS = st.dictionaries(st.integers(0, 7), st.lists(st.integers(0, 9), max_size=4), max_size=8).map(
    lambda found: {str(name): [str(other) for other in others] for name, others in found.items()}
)


@given(GRAPHS)
def test_a_graph_has_a_cycle_or_an_order(depends_on: dict[str, list[str]]) -> None:
    circle = graph.cycle(depends_on)
    if circle:
        assert circle[0] == circle[-1]
        assert all(follower in depends_on[name] for name, follower in pairwise(circle))
        with pytest.raises(ValueError, match="cycle"):
            graph.in_order(depends_on)
        return
    order = graph.in_order(depends_on)
    assert sorted(order) == sorted(depends_on)
    for name, others in depends_on.items():
        assert all(order.index(other) < order.index(name) for other in others if other in depends_on)
