"""The steps that run a command of a build tool: one row of ``TOOLS`` for each tool."""

from __future__ import annotations

from bottega.build.actions.maven import Maven
from bottega.build.actions.tool import Tool, ToolInputs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_GRADLE, _PYTHON = ("gradlew",), ("python3", "python")

TOOLS = (
    Maven(),
    Tool("npm", "npm build", "npm", module="20014"),
    Tool("cmake", "CMake build", "cmake", module="20005"),
    Tool("yarn", "Yarn build", "yarn"),
    Tool("gulp", "Gulp build", "gulp", "npx"),
    Tool("grunt", "Grunt build", "grunt", "npx"),
    Tool("gradle", "Gradle build", "gradle", wrappers=_GRADLE, versions=("gradle", "jdk")),
    Tool("android", "Android build", "gradle", wrappers=_GRADLE, versions=("gradle", "jdk", "ndk")),
    Tool("ant", "Ant build", "ant"),
    Tool("grails", "Grails build", "grails", wrappers=("grailsw",)),
    Tool("sbt", "sbt build", "sbt", wrappers=("sbtx",)),
    Tool("bazel", "Bazel build", "bazel", "bazelisk"),
    Tool("go", "Go build", "go"),
    Tool("php", "PHP build", "php"),
    Tool("python", "Python build", *_PYTHON),
    Tool("setuptools", "Setuptools build", *_PYTHON),
    # The package is usually installed by the command itself.
    Tool("pyinstaller", "PyInstaller build", "pyinstaller", *_PYTHON),
    Tool("mono", "Mono build", "mono", "msbuild", "xbuild"),
    Tool("gnu_arm", "GNU Arm build", "arm-none-eabi-gcc", "arm-linux-gnueabihf-gcc", "aarch64-linux-gnu-gcc"),
    Tool("fortran", "Fortran build", "gfortran"),
    Tool("flutter", "Flutter build", "flutter", versions=("flutter", "jdk", "ndk")),
    Tool(
        "ionic_android_app",
        "Ionic Android App build",
        "ionic",
        "npx",
        wrappers=_GRADLE,
        versions=("gradle", "jdk"),
    ),
    Tool("quick_app", "Quick App build", "hap", "npm", "npx"),
    Tool("harmonyos", "HarmonyOS build", "hvigor", "ohpm", wrappers=("hvigorw",)),
    Tool("ark", "Ark build", "ark", "maple", "es2abc"),
)
"""Named as in build.yml. The module ids of most are documented nowhere, so they exist in build.yml alone."""


def wants_cache(action: str, raw: Mapping[str, Any]) -> bool:
    """Whether a step of that action has a dependency cache; its inputs have passed ``check``."""
    return any(tool.name == action for tool in TOOLS) and ToolInputs.from_inputs(raw).cached
