"""The schema for editors takes what the reader takes, and refuses most of what it refuses."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bottega.build.yaml import BuildFileError, read, schema
from tests.build.yaml.files import FILE, HEAD, build
from tests.build.yaml.test_builds import DOCUMENTED
from tests.build.yaml.test_page import EXAMPLES
from tests.support.application import Application, application

PUBLISHED = Path(__file__).parents[3] / "docs/reference/build-yml.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(schema.schema())

GOOD = [
    *EXAMPLES,
    DOCUMENTED,
    build().replace("2.0", '"2.0"'),
    build(above="params:\nenv:\n"),
    build(above="params: [{name: a}, {name: b, value: 1}, {name: c, value: true}]"),
    build(above="env: {resource: {type: Docker, arch: x86, class: 12u48g}}"),
    build(above="env: {resource: {type: custom, pool: mine, arch: '${arch}'}}"),
    build(above="env: {cache: [{type: code, local_path: a, command: make}]}"),
    build(above="envs: [{condition: p == 1, resource: {arch: ARM}}]\nparams: [{name: p, value: 1}]"),
    build("- npm: {inputs: {command: npm ci, cache: on, ignore_fail: 'TRUE', anything: {else: [1]}}}"),
    build("- npm: {inputs: {command: npm ci, cache: '${cache}', unit_test: }}"),
    build("- harmonyos: {name: Build, image: a/b, inputs: {command: make}}\n- build_image:"),
    build(
        before="- checkout: {inputs: {url: a, depth: '3', submodule: no}}\n- sh: {inputs: {command: make}}"
    ),
    HEAD
    + "jobs: [{job: A, build_ref: a.yml}, {job: B, build_ref: b.yml, depends_on: A}]\nbuildflow: {strategy: Lazy}",
]
BAD = [
    "version: 3.0\nsteps: {BUILD: [sh: {inputs: {command: make}}]}",
    "steps: {BUILD: [sh: {inputs: {command: make}}]}",
    HEAD,
    HEAD + "steps: {BUILD: []}",
    HEAD + "steps: {PRE_BUILD: []}",
    HEAD + "steps: {BUILD: [sh], POST_BUILD: []}",
    build("- sh: make"),
    build("- sh: {inputs: {}}"),
    build("- sh:"),
    build("- sh: {command: make}"),
    build("- mavne: {inputs: {command: make}}"),
    build("- sh: {inputs: {command: make}}\n  npm: {inputs: {command: make}}"),
    build("- checkout: {inputs: {branch: main}}"),
    build("- checkout: {inputs: {url: a, depth: deep}}"),
    build("- npm: {inputs: {command: make, cache: perhaps}}"),
    build("- npm: {inputs: {command: make, unit_test: true}}"),
    build("- maven: {inputs: {command: make, settings: {public_repos: one}}}"),
    build(before="- npm: {inputs: {command: make}}"),
    build(above="notifications: []"),
    build(above="env: {label: x}"),
    build(above="env: {resource: {arch: mips}}"),
    build(above="env: {resource: {class: big}}"),
    build(above="env: {cache: [{type: code}]}"),
    build(above="params: {a: 1}"),
    build(above="params: [{name: a-b}]"),
    build(above="envs: [{condition: p == 1}]"),
    build(above="jobs: []"),
    HEAD + "jobs: []",
    HEAD + "jobs: [{job: A}]",
    HEAD + "jobs: [{job: A, build_ref: a.yml, depend_on: B}]",
    HEAD + "buildflow: {strategy: quick, jobs: [{job: A, build_ref: a.yml}]}",
    HEAD + "buildflows: []",
    HEAD + "buildflows: [{jobs: [{job: A, build_ref: a.yml}]}]",
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with application(tmp_path_factory.mktemp("schema")) as running:
        yield running


def as_editors_see(text: str) -> Any:
    return yaml.safe_load(text)


def test_the_schema_is_a_schema_and_published_as_it_is() -> None:
    VALIDATOR.check_schema(schema.schema())
    assert PUBLISHED.read_text("utf-8") == schema.text(), "python -m bottega.build.yaml.schema writes it"


@pytest.mark.parametrize("text", GOOD, ids=range(len(GOOD)))
def test_what_the_reader_takes_the_schema_takes(text: str) -> None:
    read(text.encode(), FILE)
    assert [error.message for error in VALIDATOR.iter_errors(as_editors_see(text))] == []


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_what_the_schema_refuses_the_reader_refuses(text: str) -> None:
    with pytest.raises(BuildFileError):
        read(text.encode(), FILE)
    assert not VALIDATOR.is_valid(as_editors_see(text))


def test_the_schema_is_served_to_strangers_and_cached(app: Application) -> None:
    answer = app.stranger.get("/schemas/build.yml.json")
    assert (answer.status_code, answer.text) == (200, schema.text())
    assert answer.headers["content-type"].startswith("application/schema+json")
    assert answer.headers["cache-control"] == "public, max-age=3600"
    again = app.stranger.get("/schemas/build.yml.json", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert app.stranger.head("/schemas/build.yml.json").status_code in {200, 405}
    assert app.stranger.get("/schemas/other.json").status_code == 401
