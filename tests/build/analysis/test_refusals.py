"""What steps that hand something over say when they fail, in a real runner, is explained by the rule that is meant."""

from collections.abc import Iterator
from typing import Any

import pytest

from bottega.build.analysis.diagnosis import Evidence, diagnose
from tests.agent.runner.attempts import Attempts


@pytest.fixture
def attempts() -> Iterator[Attempts]:
    made = Attempts()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("action", "inputs", "code"),
    [
        ("upload_artifact", {"path": "dist/*.jar"}, "DEV.CB.0220021"),
        (
            "build_image",
            {
                "organization": "shop",
                "image_name": "app",
                "image_tag": "1",
                "dockerfile_path": "docker/Dockerfile",
            },
            "DEV.CB.0210043",
        ),
        (
            "upload_obs",
            {"artifact_path": "a", "artifact_name": "a", "bucket_name": "releases", "obs_directory": "./"},
            "BUILD.UPLOAD_REFUSED",
        ),
        ("docker", {"command": "docker build ."}, "BUILD.NO_CONTAINER_ENGINE"),
    ],
)
def test_the_reason_of_a_refusal_has_its_rule(
    attempts: Attempts, action: str, inputs: dict[str, Any], code: str
) -> None:
    step = {"key": "stage1", "name": "Step", "action": action, "inputs": inputs, "label": "ext"}
    _spool, report = attempts.run(step)
    found = diagnose(Evidence(reason=report["reason"], exit_code=1))
    assert found.rule is not None, report["reason"]
    assert found.rule.code == code, report["reason"]
