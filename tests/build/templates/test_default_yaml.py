from typing import Any

import msgspec
import pytest
import yaml

from bottega.build.definition import Definition
from bottega.build.templates.default_yaml import default_yaml
from bottega.build.yaml import read as read_build_file
from bottega.errors import Invalid

URL = "git@git.example.com:group/shop.git"
SHELL = [{"sh": {"name": "Shell", "inputs": {"command": "echo hello"}}}]


def read(default_host: str = "", **changes: Any) -> Any:
    definition = msgspec.convert({"arch": "x86-64", **changes}, Definition)
    text = default_yaml(definition, default_host)
    # What is offered has to be a file that can be built.
    assert read_build_file(text.encode(), "build.yml").plan({"codeBranch": "main"}).warnings == []
    return yaml.safe_load(text)


def test_the_source_of_the_task_is_checked_out_and_a_command_run() -> None:
    assert read(scms=[{"url": URL, "branch": "main"}]) == {
        "version": 2.0,
        "steps": {
            "PRE_BUILD": [
                {
                    "checkout": {
                        "name": "Code checkout",
                        "inputs": {
                            "scm": "codehub",
                            "url": URL,
                            "branch": "${codeBranch}",
                            "lfs": False,
                            "submodule": False,
                        },
                    }
                }
            ],
            "BUILD": SHELL,
        },
    }


def test_the_options_of_the_checkout_are_those_of_the_task() -> None:
    found = read(scms=[{"url": URL, "enable_git_lfs": True}], auto_update_sub_module="true")
    inputs = found["steps"]["PRE_BUILD"][0]["checkout"]["inputs"]
    assert (inputs["lfs"], inputs["submodule"]) == (True, True)


@pytest.mark.parametrize("scms", [None, [], [{"url": ""}]])
def test_without_a_source_there_is_no_checkout(scms: Any) -> None:
    assert read(scms=scms) == {"version": 2.0, "steps": {"BUILD": SHELL}}


@pytest.mark.parametrize(
    ("host", "arch"), [("x86-64", "X86"), ("X86", "X86"), ("arm", "ARM"), ("ARM", "ARM")]
)
def test_a_machine_is_asked_for_when_it_is_named(host: str, arch: str) -> None:
    assert read(host)["env"] == {"resource": {"type": "docker", "arch": arch, "class": "2U8G"}}


def test_an_unknown_machine_is_refused() -> None:
    with pytest.raises(Invalid, match="default_host: 'mips' is none of x86-64, x86, arm"):
        read("mips")


def test_no_url_can_break_out_of_its_place() -> None:
    nasty = 'https://h/${a}"\\\n  BUILD: {x}\u2028\u0085\x7f\U0001f600 #'
    found = read(scms=[{"url": nasty}])
    assert found["steps"]["PRE_BUILD"][0]["checkout"]["inputs"]["url"] == nasty
    assert found["steps"]["BUILD"] == SHELL
