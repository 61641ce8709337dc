import json

import pytest

from bottega.agent.sandbox import Limits, resource_environment

LIMITS = Limits(cpus=1.5, memory_bytes=2 << 30, file_bytes=1 << 30, tmp_bytes=1 << 20, home_bytes=1 << 20)


def test_limits_survive_json() -> None:
    assert Limits.from_dict(json.loads(json.dumps(LIMITS.to_dict()))) == LIMITS


@pytest.mark.parametrize("field", sorted(LIMITS.to_dict()))
def test_a_limit_that_is_not_positive_is_named(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        Limits.from_dict({**LIMITS.to_dict(), field: 0})


def test_language_runtimes_are_told_their_memory() -> None:
    assert resource_environment(LIMITS) == {
        "JAVA_TOOL_OPTIONS": "-XX:MaxRAM=2048m",
        "NODE_OPTIONS": "--max-old-space-size=1536",
    }
