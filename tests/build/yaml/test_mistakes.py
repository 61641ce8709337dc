"""Mistakes in build.yml, each told where it is with what was expected."""

import pytest

from tests.build.yaml.files import HEAD, build, problems

STEP = "steps: {BUILD: [{sh: {inputs: {command: make}}}]}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n", "1:1: the file must be a mapping, such as version: 2.0 and steps, not a list"),
        (STEP, "1:1: the file must begin with version: 2.0"),
        (f"version: 2\n{STEP}", "1:10: version must be 2.0, not '2'"),
        (f"version: '2.1'\n{STEP}", "1:10: version must be 2.0, not '2.1'"),
        (f"version:\n{STEP}", "1:1: the file must begin with version: 2.0"),
        (HEAD, "1:1: the file needs steps (or buildflow, to build several files)"),
        (f"{HEAD}parms: []\n{STEP}", "2:1: the file has no 'parms', only version, params, env, envs, steps, buildflow, "
                                     "buildflows or jobs; did you mean params?"),
        (f"{HEAD}steps:\n", "2:1: the file needs steps (or buildflow, to build several files)"),
        (f"{HEAD}steps: []\n", "2:8: steps must be a mapping, such as {BUILD: […]}, not a list"),
        (f"{HEAD}steps: {{PRE_BUILD: []}}\n", "2:8: steps needs a block BUILD with at least one step"),
        (f"{HEAD}steps: {{BUILD: []}}\n", "2:9: steps needs a block BUILD with at least one step"),
        (f"{HEAD}steps: {{BUILD: {{}}}}\n", "2:16: BUILD must be a list (each item begins with -), not a mapping"),
        (f"{HEAD}{STEP}buildflow: {{}}\n", "2:1: a file has steps or a buildflow, not both"),
        (f"{HEAD}notifications: []\n{STEP}", "2:1: notifications are not part of version 2.0: set notices at the build "
                                             "task, and remove this"),
        (f"{HEAD}steps: {{BUILD: [{{sh: {{inputs: {{command: x}}}}}}], POST_BUILD: []}}\n",
         "2:48: there is no POST_BUILD in version 2.0: put these steps at the end of steps.BUILD"),
        (f"{HEAD}env: {{label: x}}\n{STEP}", "2:7: env.label is not part of version 2.0: write env.resource with type, "
                                            "arch and class, or with type: custom and pool"),
        (f"{HEAD}env:\n  resource:\n    type:docker\n    arch:X86\n{STEP}",
         "4:5: a space is missing behind the colon in 'type:docker'"),
        (f"{HEAD}env: {{resource: {{type:docker, arch: X86}}}}\n{STEP}", "2:23: a space is missing behind type:"),
        (f"{HEAD}env: {{resource: {{type: dokcer}}}}\n{STEP}",
         "2:24: type must be docker or custom, not 'dokcer'; did you mean docker?"),
        (f"{HEAD}env: {{resource: {{class: 8 vCPUs}}}}\n{STEP}",
         "2:25: class must be a size such as 2U8G, 4U8G, 8U16G, 16U32G or 16U64G, not '8 vCPUs'"),
        (f"{HEAD}env: {{resource: {{type: custom}}}}\n{STEP}",
         "2:17: resource with type: custom needs pool, the name of a pool of agents"),
        (f"{HEAD}env: {{resource: {{}}}}\nenvs: []\n{STEP}", "3:1: a file has env.resource or envs, not both"),
        (f"{HEAD}envs:\n  - {{condition: 'p = 1', resource: {{}}}}\n{STEP}", "3:20: expected == to compare"),
        (f"{HEAD}envs:\n  - {{condition: p = 1, resource: {{}}}}\n{STEP}", "3:19: expected == to compare"),
        (f'{HEAD}envs:\n  - {{condition: "\\u0070 = 1", resource: {{}}}}\n{STEP}',
         "3:17: character 3 of the condition: expected == to compare"),
        (f"{HEAD}envs:\n  - {{condition: machineArhc == 'ARM', resource: {{}}}}\n{STEP}",
         "3:17: there is no parameter 'machineArhc'; did you mean machineArch?"),
        (f"{HEAD}envs: [{{resource: {{}}}}]\n{STEP}", "2:8: an item of envs needs condition"),
        (f"{HEAD}env: {{cache: [{{type: code, local_path: ../x, command: x}}]}}\n{STEP}",
         "2:40: local_path must be a folder below the workspace"),
        (f"{HEAD}env: {{cache: [{{type: npm, local_path: x}}]}}\n{STEP}", "2:15: a cache needs command"),
        (f"{HEAD}params: [{{name: PATH, value: x}}]\n{STEP}", "2:17: the name 'PATH' is forbidden"),
        (f"{HEAD}params: [{{name: COMMIT_ID}}]\n{STEP}",
         "2:17: the name 'COMMIT_ID' is that of a predefined parameter"),
        (f"{HEAD}params: [{{name: a-b}}]\n{STEP}",
         "2:17: the name 'a-b' must be 1 to 128 letters, digits or underscores"),
        (f"{HEAD}params: [{{name: a}}, {{name: a}}]\n{STEP}", "2:28: the parameter a is given twice"),
        (f"{HEAD}params: [{{name: a, vlaue: 1}}]\n{STEP}",
         "2:20: a parameter has no 'vlaue', only name or value; did you mean value?"),
        (f"{HEAD}params: [{{name: a, value: '{{{{x'}}]\n{STEP}", "2:27: the value must not contain '{{'"),
        (f"{HEAD}params: {{a: 1}}\n{STEP}", "2:9: params must be a list (each item begins with -), not a mapping"),
    ],
)  # fmt: skip
def test_mistakes_around_the_steps(text: str, expected: str) -> None:
    assert problems(text, machineArch="ARM")[0] == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("- mavne: {inputs: {command: x}}", "5:7: there is no action 'mavne'; did you mean maven?"),
        ("- codehub: {url: x}", "5:7: there is no step codehub in version 2.0: write checkout, with url and branch "
                                "below inputs"),
        ("- checkout", "5:7: a step is an action with its inputs, not a word alone: write checkout: with what it needs "
                       "below inputs"),
        ("- build_execute", "5:7: a step is an action with its inputs, not a word alone: there is no step "
                            "build_execute in version 2.0: write sh, with command below inputs"),
        ("- make all", "5:7: a step must be a mapping, such as sh: {inputs: {command: make}}, not the text 'make all'"),
        ("- {}", "5:7: a step must be one action, such as sh: {inputs: {command: make}}"),
        ("- sh:\n  name: x\n  inputs: {command: x}", "6:7: name belongs to sh: indent it further than sh"),
        ("- sh: {inputs: {command: x}}\n  npm: {inputs: {command: x}}",
         "6:7: a step is one action: begin 'npm' with a - of its own"),
        ("- sh: make", "5:11: sh must be a mapping, such as {inputs: {command: make}}, not the text 'make'"),
        ("- sh:", "5:7: sh needs the input command (script of one or more lines)"),
        ("- sh: {command: make}", "5:7: sh needs the input command (script of one or more lines)"),
        ("- sh: {inputs: {comand: make}}",
         "5:7: sh needs the input command (script of one or more lines); is it meant by comand?"),
        ("- sh: {inputs: {command: }}", "5:21: sh needs the input command (script of one or more lines)"),
        ("- sh: {inputs: {command: '  '}}", "5:21: sh needs the input command (script of one or more lines)"),
        ("- sh: {inputs: {command: [a]}}", "5:30: command must be a text"),
        ("- sh: {input: {command: x}}", "5:7: sh needs the input command (script of one or more lines)"),
        ("- sh: {name: 'a|b', inputs: {command: x}}",
         "5:18: a step's name is 1 to 128 characters: Chinese, letters, digits, spaces and -_,;:./()"),
        ("- sh: {inputs: {command: x, ignore_fail: perhaps}}",
         "5:46: ignore_fail must be true or false, not 'perhaps'"),
        ("- maven: {inputs: {command: x, unit_test: true}}",
         "5:47: unit_test must be a mapping of enable, ignore_errors, report_path, coverage, coverage_report_path"),
        ("- maven: {inputs: {command: x, settings: {public_repos: a}}}",
         "5:61: public_repos must be a list (each item begins with -)"),
        ("- checkout: {inputs: {branch: x}}", "5:7: checkout needs the input url (address of the repository)"),
        ("- download_file: {inputs: {name: a/b}}", "5:38: name must be the name of a file, without folders"),
    ],
)  # fmt: skip
def test_mistakes_in_a_step(step: str, expected: str) -> None:
    assert problems(build(step))[0] == expected


@pytest.mark.parametrize("given", ["", "~", "''", "' '"])
def test_a_required_input_that_is_empty_is_told_once(given: str) -> None:
    (found,) = problems(build(f"- download_artifact: {{inputs: {{url: {given}}}}}"))
    assert found == "5:36: download_artifact needs the input url (address of the artifact)"


def test_what_stands_beside_inputs_is_sent_below_them() -> None:
    found = problems(build("- sh: {command: make}"))
    assert found[1] == "5:12: command belongs below inputs of sh"


def test_preparing_is_for_sources() -> None:
    found = problems(build(before="- npm: {inputs: {command: x}}\n- chekcout: {inputs: {url: x}}"))
    assert found == [
        "5:7: PRE_BUILD has checkout, manifest_checkout or sh only: npm belongs to BUILD",
        "6:7: there is no action 'chekcout': it is none of checkout, manifest_checkout, sh; did you mean checkout?",
    ]


def test_a_file_has_at_most_fifty_steps() -> None:
    found = problems(build("- sh: {inputs: {command: x}}\n" * 51))
    assert found == ["55:7: there are 51 steps, 50 are allowed"]


def test_all_mistakes_are_found_in_one_go() -> None:
    text = build(
        """
        - mavne: {inputs: {command: x}}
        - npm: {inputs: {}}
        - sh: {name: x, imagee: y, inputs: {command: x}}
        """,
        above="parms: []\nenv: {resource: {arch: x68}}",
    )
    assert [line.partition(": ")[0] for line in problems(text)] == ["2:1", "3:24", "7:7", "8:7", "9:21"]
