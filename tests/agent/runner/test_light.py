"""What a runner loads before its first step: each module delays every build."""

import subprocess
import sys

HEAVY = {
    "asyncio",
    "dataclasses",
    "email",
    "http.client",
    "inspect",
    "logging",
    "pathlib",
    "ssl",
    "tempfile",
    "typing",
}
_TELL = """
import sys
import bottega.agent.runner.__main__, bottega.build.actions
print("\\n".join(sys.modules))
"""


def test_a_runner_starts_without_packages_of_others_and_without_what_takes_long_to_load() -> None:
    bare, loaded = (
        set(subprocess.check_output([sys.executable, "-I", "-c", tell], text=True).split())
        for tell in ("import sys; print(*sys.modules)", _TELL)
    )
    foreign = {name for name in loaded - bare if name.partition(".")[0] not in sys.stdlib_module_names}
    assert {name for name in foreign if name.partition(".")[0] != "bottega"} == set()
    assert loaded & HEAVY == bare & HEAVY
