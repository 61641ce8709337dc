"""The options of docker commands, and what the engine is told of them."""

import pytest

from bottega.build.actions.docker import DockerInputs
from bottega.build.actions.docker_commands import DockerCommand, build_arguments
from bottega.build.actions.inputs import InputError


def one(line: str) -> DockerCommand:
    return DockerInputs.from_inputs({"command": line}).read()[0]


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("docker build .", ["--", "."]),
        ("docker build -t a:1 --tag=b -f Dockerfile.x app", ["--tag", "a:1", "--tag", "b", "--file", "Dockerfile.x"]),
        ("docker build --no-cache --pull=true --quiet=false .", ["--no-cache", "--pull-always"]),
        ("docker build --rm --force-rm=true --progress plain --network host .", []),
        ("docker build --label x= --target base --platform linux/amd64 .",
         ["--label", "x=", "--target", "base", "--platform", "linux/amd64"]),
    ],
)  # fmt: skip
def test_options_of_docker_are_those_of_the_engine(line: str, arguments: list[str]) -> None:
    found, env = build_arguments(one(line), {})
    assert found[: len(arguments)] == arguments
    assert found[found.index("--") :] == ["--", line.rsplit(maxsplit=1)[-1]]
    assert env == {}


def test_values_of_build_arguments_are_in_no_argument_list() -> None:
    command = one("docker build --build-arg TOKEN=s3cret --build-arg=WHO --build-arg NONE .")
    arguments, env = build_arguments(command, {"WHO": "me"})
    assert arguments == ["--build-arg", "TOKEN", "--build-arg", "WHO", "--build-arg", "NONE", "--", "."]
    assert env == {"TOKEN": "s3cret", "WHO": "me", "NONE": ""}


@pytest.mark.parametrize(
    "name", ["PATH", "HOME", "LD_PRELOAD", "BUILDAH_ISOLATION", "REGISTRY_AUTH_FILE", "1", "a-b", ""]
)
def test_a_build_argument_cannot_change_the_engine(name: str) -> None:
    with pytest.raises(InputError, match="can have no build argument"):
        build_arguments(one(f"docker build --build-arg {name}=x ."), {})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("docker build", "line 1: docker build takes 1 names, not 0"),
        ("docker build . extra", "line 1: docker build takes 1 names, not 2"),
        ("docker build --isolation=oci .", "line 1: docker build knows no '--isolation=oci' here"),
        ("docker build --volume /:/host .", "line 1: docker build knows no '--volume' here"),
        ("docker build . -t", "line 1: docker build -t needs a value"),
        ("docker build --pull=maybe .", "line 1: docker build knows no '--pull=maybe' here"),
        ("\ndocker push --all-tags a", "line 2: docker push knows no '--all-tags' here"),
        ("docker push --tls-verify=false a", "line 1: docker push knows no '--tls-verify=false' here"),
        ("docker tag a", "line 1: docker tag takes 2 names, not 1"),
        ("docker login --password-stdin a", "line 1: docker login knows no '--password-stdin' here"),
        ("docker login a b", "line 1: docker login takes 0 or 1 names, not 2"),
        ("docker save a b", "line 1: docker save takes 1 names, not 2"),
        ("docker save a > b > c", "line 1: docker save takes 1 names, not 5"),
    ],
)
def test_what_the_engine_does_not_have_is_refused_by_its_line(line: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        one(line)
    assert str(refused.value) == f"command {message}"


@pytest.mark.parametrize(
    "line", ["docker save -o a.tar b:1", "docker save --output=a.tar b:1", "docker save b:1 > a.tar"]
)
def test_an_image_is_saved_to_a_file_however_that_is_written(line: str) -> None:
    command = one(line)
    assert (command.option("--output"), command.words) == ("a.tar", ["b:1"])
