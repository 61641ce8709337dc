"""Small files for tests, and what came of them."""

from textwrap import dedent, indent

from bottega.build.yaml import BuildFile, BuildFileError, BuildPlan, FlowFile, FlowPlan, read

FILE = ".cloudbuild/build.yml"
HEAD = "version: 2.0\n"


def build(steps: str = "- sh: {inputs: {command: make}}", *, above: str = "", before: str = "") -> str:
    """A build file: ``above`` stands above the steps, ``before`` are the items of PRE_BUILD."""
    prepare = f"  PRE_BUILD:\n{indent(dedent(before), '    ')}\n" if before else ""
    return f"{HEAD}{dedent(above)}\nsteps:\n{prepare}  BUILD:\n{indent(dedent(steps), '    ')}\n"


def build_file(text: str) -> BuildFile:
    found = read(text.encode(), FILE)
    assert isinstance(found, BuildFile)
    return found


def planned(text: str, **values: str) -> BuildPlan:
    return build_file(text).plan(values)


def flow_file(text: str) -> FlowFile:
    found = read((HEAD + dedent(text)).encode(), FILE)
    assert isinstance(found, FlowFile)
    return found


def flow(text: str, **values: str) -> FlowPlan:
    return flow_file(text).plan(values)


def problems(text: str | bytes, **values: str) -> list[str]:
    """``line:column: message`` of all problems of reading or planning; at least one."""
    try:
        read(text.encode() if isinstance(text, str) else text, FILE).plan(values)
    except BuildFileError as error:
        assert str(error).splitlines() == [str(problem) for problem in error.problems]
        return [str(problem).removeprefix(f"{FILE}:") for problem in error.problems]
    raise AssertionError("the file has no problem")
