import pytest

from bottega.build.actions import ACTIONS
from bottega.build.yaml import BuildFileError, CodeCache, Param, Resource
from tests.build.yaml.files import build, build_file, planned, problems

DOCUMENTED = """\
version: 2.0
params:
  - {name: p, value: 1}
env:
  resource: {type: docker, arch: X86, class: 8U16G}
steps:
  PRE_BUILD:
    - checkout:
        name: checkout
        inputs: {scm: codehub, url: "git@host:grp/repo.git", branch: "${codeBranch}", lfs: false, depth: 2}
  BUILD:
    - maven:
        name: mvn
        image: cloudbuild@maven3.5.3-jdk8-open
        inputs:
          settings: {public_repos: ["https://mirrors.example.com/maven"]}
          cache: true
          unit_test: {enable: true, ignore_errors: false, report_path: "**/TEST*.xml"}
          command: mvn package -U -B ${p}
          check: {project_dir: ./, settings: ~/.m2/settings.xml, param: ""}
    - upload_artifact: {inputs: {path: "**/target/*.?ar", version: "2.${p}", name: demo, ignore_fail: "true"}}
"""
ROWS = (
    "checkout manifest_checkout sh maven npm yarn go gulp grunt php gnu_arm gradle ant cmake mono sbt bazel grails "
    "android ionic_android_app ark fortran python setuptools pyinstaller flutter quick_app harmonyos android_sign "
    "build_image docker swr upload_artifact download_artifact upload_obs download_file check"
)


def test_the_documented_file_is_planned_with_its_parameters() -> None:
    plan = planned(DOCUMENTED, codeBranch="main")
    assert plan.params == [Param(name="p", value="1")]
    assert plan.values == {"p": "1", "codeBranch": "main"}
    assert plan.resource == Resource(arch="x86-64", flavor="8u16g")
    assert plan.warnings == []
    checkout, maven, upload = plan.steps
    assert (checkout.action, checkout.preparing, checkout.line, checkout.column) == ("checkout", True, 8, 7)
    assert checkout.inputs["branch"] == "main"
    assert (checkout.inputs["depth"], checkout.inputs["lfs"]) == (2, False)
    assert maven.inputs["command"] == "mvn package -U -B ${p}"
    assert maven.inputs["unit_test"]["enable"] is True
    assert maven.all_inputs["image"] == maven.image == "cloudbuild@maven3.5.3-jdk8-open"
    assert (upload.name, upload.inputs["version"]) == ("Upload to the release repository", "2.1")
    assert (upload.ignore_failure, maven.ignore_failure) == (True, False)


def test_every_action_of_the_reference_is_there() -> None:
    assert set(ROWS.split()) == set(ACTIONS)


def test_scalars_stay_as_they_are_written() -> None:
    plan = planned(
        build(
            "- upload_obs: {inputs: {bucket_name: on, headers: {yes: 012, x: 1_000}, obs_directory: 12:30}}"
        )
    )
    inputs = plan.steps[0].inputs
    assert inputs == {"bucket_name": "on", "headers": {"yes": "012", "x": "1_000"}, "obs_directory": "12:30"}


def test_the_caller_beats_the_file_and_the_file_beats_what_it_was_given_as_defaults() -> None:
    file = build_file(build(above="params: [{name: a, value: file}, {name: b, value: file}, {name: c}]"))
    plan = file.plan({"a": "caller"}, defaults={"a": "flow", "b": "flow", "d": "flow"})
    assert plan.values == {"a": "caller", "b": "file", "c": "", "d": "flow"}


def test_unknown_references_stay_and_values_are_not_looked_at_again() -> None:
    plan = planned(build('- upload_artifact: {inputs: {path: "${p}-${unknown}"}}'), p="${q}", q="x")
    assert plan.steps[0].inputs["path"] == "${q}-${unknown}"


def test_private_parameters_are_for_scripts_alone() -> None:
    file = build_file(
        build(
            """
            - sh: {inputs: {command: "echo ${key}"}}
            - upload_artifact:
                name: "up ${key}"
                inputs: {path: "a/${key}"}
            """,
            above="envs: [{condition: key == 1, resource: {arch: ARM}}]",
        )
    )
    with pytest.raises(BuildFileError) as caught:
        file.plan({"key": "secret"}, private={"key"})
    assert "secret" not in str(caught.value)
    assert [(one.line, one.column) for one in caught.value.problems] == [(2, 20), (8, 15), (9, 24)]
    plain = build_file(build('- sh: {inputs: {command: "echo ${key}"}}')).plan(
        {"key": "secret"}, private={"key"}
    )
    assert plain.values == {}


def test_passwords_of_keystores_stay_names_of_parameters_for_the_agent_to_look_up() -> None:
    given = {"file_path": "a.apk", "keystore_file": "k.jks", "alias": "${who}", "key_password": "${OTHER}"}
    given["keystore_password"] = "${KEY}"
    written = ", ".join(f"{name}: '{text}'" for name, text in given.items())
    file = build_file(build(f"- android_sign: {{inputs: {{{written}}}}}"))
    plan = file.plan({"who": "me", "KEY": "secret", "OTHER": "public"}, private={"KEY"})
    assert plan.steps[0].inputs == {**given, "alias": "me"}


@pytest.mark.parametrize(
    ("above", "resource"),
    [
        ("", Resource()),
        ("env: {resource: {}}", Resource(arch="x86-64")),
        ("env: {resource: {arch: arm, class: 2u8g}}", Resource(arch="arm", flavor="2u8g")),
        ("env: {resource: {type: custom, pool: mine}}", Resource(pool="mine")),
        ("env: {resource: {type: custom, pool: '${where}', arch: '${arch}'}}", Resource(pool="lab", arch="arm")),
        (
            "envs: [{condition: arch == 'X86', resource: {}}, {condition: arch == 'ARM', resource: {arch: ARM}}]",
            Resource(arch="arm"),
        ),
        ("envs: [{condition: arch == 'X86', resource: {arch: X86}}]", Resource()),
        (
            "envs: [{condition: arch == 'ARM', resource: {arch: ARM}}, {condition: 'true', resource: {arch: X86}}]",
            Resource(arch="arm"),
        ),
    ],
)  # fmt: skip
def test_where_a_build_runs(above: str, resource: Resource) -> None:
    assert planned(build(above=above), arch="ARM", where="lab").resource == resource


def test_code_caches_are_planned() -> None:
    above = "env: {cache: [{type: code, local_path: src/big, command: 'git clone ${url}', branch: '${b}'}]}"
    plan = planned(build(above=above), b="main")
    assert plan.caches == [CodeCache(local_path="src/big", command="git clone ${url}", branch="main")]


def test_what_has_no_effect_is_a_warning() -> None:
    plan = planned(
        build("- npm: {inputs: {command: npm ci, cahce: true}}", above="env: {resource: {pool: mine}}")
    )
    assert [str(one) for one in plan.warnings] == [
        ".cloudbuild/build.yml:2:24: pool has no effect without type: custom",
        ".cloudbuild/build.yml:5:39: npm has no input 'cahce'; it is passed on; did you mean cache?",
    ]
    assert plan.steps[0].inputs["cahce"] == "true"


def test_references_are_judged_with_their_values() -> None:
    text = build(
        """
        - checkout: {inputs: {url: x, depth: "${depth}", lfs: "${lfs}"}}
        - python: {inputs: {command: x, unit_test: {enable: true, report_path: "${reports}"}}}
        """,
        above="env: {resource: {arch: '${arch}'}}",
    )
    good = {"depth": "3", "lfs": "no", "reports": "a/*.xml", "arch": "X86"}
    assert planned(text, **good).steps[0].inputs == {"url": "x", "depth": 3, "lfs": False}
    assert problems(text, depth="deep", lfs="perhaps", reports="/etc", arch="mips") == [
        "2:24: arch must be X86 or ARM, not 'mips'",
        "6:42: depth must be a whole number and not negative, not 'deep'",
        "6:59: lfs must be true or false, not 'perhaps'",
        "7:76: unit_test.report_path must be a path below the workspace",
    ]


def test_texts_that_grow_beyond_measure_are_refused() -> None:
    steps = "- sh: {inputs: {command: make, a: '${p}', b: '${p}', c: '${p}'}}\n" * 45
    found = problems(build(steps), p="x" * 8192)
    assert found[0].endswith("with its parameters put in, the file has more than 1048576 characters")


def test_a_file_of_many_mistakes_names_the_first_twenty_in_order() -> None:
    text = build("\n".join(f"- tool{number}: {{}}" for number in range(300)))
    found = problems(text)
    assert len(found) == 20
    assert found[0] == "5:7: there is no action 'tool0'"
