"""Building and running container images: a real runner, the real sandbox, the engine of this machine."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bottega.agent.spool import CONTAINERS
from tests.agent.runner.attempts import (
    Attempts,
    ended,
    facilities,
    log_lines,
    marker,
    output,
    processes_with,
    sh,
)
from tests.support.images import DOCKERFILE, PASSWORD, USER, busybox, engine, labels, registry
from tests.support.waiting import eventually

BUILD = "docker build -t base:1 base"


@pytest.fixture
def attempts() -> Iterator[Attempts]:
    engine()
    made = Attempts()
    yield made
    made.close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with registry() as found:
        yield found


def containers(*insecure: str) -> dict[str, Any]:
    """What an agent of this machine says in its spec."""
    pushed = insecure[0] if insecure else "registry.invalid"
    return {
        "engine": engine().to_dict(),
        "insecure_registries": list(insecure),
        "push_to": pushed,
        "region": "here",
    }


def prepare() -> dict[str, Any]:
    """The folder ``base`` with what the base image is built of."""
    return sh(
        f"mkdir base; cp {busybox()} base/busybox; printf '%s' '{DOCKERFILE}' >base/Dockerfile", "Prepare"
    )


def step(action: str, key: str = "", **inputs: Any) -> dict[str, Any]:
    return {"key": key or action, "name": "Image", "action": action, "inputs": inputs, "label": "ext"}


def engine_arch() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]


def said(spool: Any) -> str:
    return "\n".join(log_lines(spool))


def test_a_step_runs_in_an_image_that_the_build_has_made(attempts: Attempts) -> None:
    script = """
set -o pipefail 2>/dev/null || true
echo "$GREETING $WHOM" $(id -u) $(pwd) "$HOME" $(cat /made)
[ -e /usr ] || echo no host
touch left; chown 12:34 left
cat </dev/null
exit 7
"""
    made = "echo 'FROM base:1\nARG WHAT\nRUN echo $WHAT >/made && chown 5:5 /made' >Dockerfile"
    spool, report = attempts.run(
        prepare(),
        sh(made, "Write"),
        step("docker", command=f"{BUILD}\ndocker build -t own:1 --build-arg WHAT=$WHOM ."),
        step("sh", command=script, image="localhost/own:1"),
        containers=containers(),
        env={"WHOM": "it's\nme", "PATH_LIKE": "x"},
        network=False,
    )
    assert (report["outcome"], report["exit_code"]) == ("failure", 7), said(spool)
    assert report["reason"] == "Step 'Image' failed: exit code 7"
    lines = output(spool)
    at = lines.index("hello it's")
    assert lines[at : at + 3] == ["hello it's", "me 0 /workspace /root it's me", "no host"]
    assert "exit status" not in said(spool)
    left = Path(attempts.spec()["workspace"]).parent.parent / "work1" / "workspace" / "left"
    assert left.stat().st_uid == (61900 if facilities().own_uid else left.parent.stat().st_uid)


def test_images_are_pushed_with_credentials_that_no_command_of_the_build_sees(
    attempts: Attempts, address: str
) -> None:
    commands = f"{BUILD}\ndocker save -o base.tar base:1"
    look = "tar -tf base.tar >/dev/null && echo saved; ls /containers /etc/containers 2>&1 | grep -c cannot"
    spool, report = attempts.run(
        prepare(),
        sh("echo 'FROM base:1' >base/Dockerfile.app", "Write"),
        step("docker", command=commands),
        step(
            "build_image",
            dockerfile_path="base/Dockerfile.app",
            organization="shop",
            image_name="app",
            image_tag="2",
            set_meta_data=True,
        ),
        sh(look, "Look"),
        containers=containers(address),
        env={"REGISTRY_USER": USER, "REGISTRY_PASSWORD": PASSWORD, "COMMIT_ID": "c0ffee"},
        secrets=[PASSWORD],
    )
    assert report["outcome"] == "success", said(spool)
    assert output(spool)[-2:] == ["saved", "2"]
    assert f"INFO [Image:ext] : image {address}/shop/app:2 is pushed" in log_lines(spool)
    assert PASSWORD not in said(spool)
    assert labels(address, "shop/app", "2")["org.opencontainers.image.revision"] == "c0ffee"


def test_all_that_a_step_in_an_image_wrote_is_in_the_log_and_who_still_writes_is_not_waited_for(
    attempts: Attempts,
) -> None:
    script = """
readlink /proc/$$/fd/2
i=0; while [ $i -lt 5000 ]; do i=$((i+1)); echo line $i; done
sleep 1000 &
echo last >&2
"""
    spool, report = attempts.run(
        prepare(),
        step("docker", command=BUILD),
        step("sh", command=script, image="localhost/base:1"),
        containers=containers(),
        network=False,
    )
    assert report["outcome"] == "success", said(spool)
    lines = output(spool)
    # A pipe of ours, and none of the engine's, which are read to their end on machines that are not busy only.
    at = lines.index("/run/bottega/output")
    assert lines[at + 1 :] == [*(f"line {number}" for number in range(1, 5001)), "last"]


def test_an_image_is_pulled_with_the_credentials_of_a_login_before(attempts: Attempts, address: str) -> None:
    name = f"{address}/shop/private:1"
    user = {"REGISTRY_USER": USER, "REGISTRY_PASSWORD": PASSWORD}
    login = f"docker login -u $REGISTRY_USER -p $REGISTRY_PASSWORD {address}\n"
    push = f"{login}{BUILD}\ndocker tag base:1 {name}\ndocker push {name}"
    given = {"containers": containers(address), "env": user}
    spool, report = attempts.run(prepare(), step("docker", command=push), **given, secrets=[PASSWORD])
    assert report["outcome"] == "success", said(spool)

    spool, report = attempts.run(step("swr", command="echo ran", image=name), **given, secrets=[PASSWORD])
    assert (report["outcome"], "ran" in output(spool)) == ("failure", False)
    assert report["reason"].startswith(f"Step 'Image' failed: image '{name}' cannot be got: ")

    # The user is private as well: nobody could have seen it, and it is right all the same.
    run = step("swr", command="echo $GREETING", image=name)
    spool, report = attempts.run(step("docker", command=login), run, **given, secrets=[PASSWORD, USER])
    assert (report["outcome"], output(spool)[-1]) == ("success", "hello"), said(spool)


def test_wrong_and_missing_credentials_fail_the_login(attempts: Attempts, address: str) -> None:
    given = {"containers": containers(address), "env": {"EMPTY": "", "WRONG": "x"}, "secrets": ["x"]}
    _, report = attempts.run(step("docker", command=f"docker login -u {USER} -p $WRONG {address}"), **given)
    assert f"line 1: docker login {address} failed: " in report["reason"]
    _, report = attempts.run(step("docker", command=f"docker login -u {USER} -p $EMPTY {address}"), **given)
    assert "DEV.CB.02101217 the registry's password is empty" in report["reason"]
    _, report = attempts.run(step("docker", command=f"docker login -u {USER} -p $OTHER {address}"), **given)
    assert "line 1 names the parameter OTHER, which the build does not have" in report["reason"]
    _, report = attempts.run(step("docker", command="docker pull registry/$WRONG"), **given)
    assert "line 1: a private parameter can only be used to log in, or by --build-arg" in report["reason"]


def test_without_network_no_image_is_got(attempts: Attempts) -> None:
    one = step("sh", command="echo ran", image="registry.invalid/a:1")
    spool, report = attempts.run(one, containers=containers(), network=False)
    assert (report["outcome"], "ran" in output(spool)) == ("failure", False)
    assert "image 'registry.invalid/a:1' cannot be got; this build has no network: " in report["reason"]


def test_an_image_for_another_processor_is_refused_before_it_runs(attempts: Attempts) -> None:
    other = "arm64" if engine_arch() == "amd64" else "amd64"
    commands = f"docker build --platform linux/{other} -t other:1 ."
    made = sh(
        f"cp {busybox()} busybox; printf 'FROM scratch\\nCOPY busybox /bin/sh\\n' >Dockerfile", "Prepare"
    )
    run = step("sh", command="echo ran", image="localhost/other:1")
    spool, report = attempts.run(
        made, step("docker", command=commands), run, containers=containers(), network=False
    )
    assert "ran" not in output(spool)
    assert report["reason"].endswith(f"image is for {other}, and this agent is {engine_arch()}"), said(spool)


def test_a_stopped_image_step_leaves_no_process_and_no_image(attempts: Attempts) -> None:
    word = marker()
    command = f"sh -c 'sleep 1000; echo {word}' & setsid sh -c 'sleep 1000; echo {word}' & echo up; wait"
    run = step("sh", command=command, image="localhost/base:1")
    steps = prepare(), step("docker", command=BUILD), run
    spool = attempts.start(*steps, containers=containers(), network=False)
    eventually(lambda: "up" in output(spool) and processes_with(word), timeout=60)
    folder = Path(json.loads((spool.path / "spec.json").read_text())["workspace"]).parent / CONTAINERS
    assert folder.exists()
    spool.request_stop(1.0, "stop requested")
    assert ended(spool)["outcome"] == "aborted"
    assert processes_with(word) == []
    spool.remove()
    assert not folder.exists()


def test_what_a_dockerfile_runs_is_as_closed_in_as_a_step(attempts: Attempts) -> None:
    look = (
        "tail -n +3 /proc/net/dev | cut -d: -f1; unshare -n true && echo own net; "
        "mount -t tmpfs none /bin && echo mounted; ls /containers && echo store"
    )
    made = sh(f"printf 'FROM base:1\\nRUN ({look}) 2>/dev/null; true\\n' >Dockerfile", "Write")
    commands = f"{BUILD}\ndocker build -t look:1 ."
    spool, report = attempts.run(
        prepare(), made, step("docker", command=commands), containers=containers(), network=False
    )
    assert report["outcome"] == "success", said(spool)
    lines = [line.strip() for line in output(spool)]
    at = lines.index("lo")
    assert lines[at + 1].startswith("COMMIT"), lines
