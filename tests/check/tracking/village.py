"""Made-up programs in several languages whose statements have a name that edits do not change.

The program is a model; text is made of it for the detector, which knows nothing of the names. What was found at a
statement before an edit and what is found at it afterwards are the same: so it is known which matches are right.
"""

import copy
import itertools
import random
from collections.abc import Iterator
from typing import Any

import msgspec

WIDTH = 60
RULES = ("demo:legacy", "demo:shout", "demo:magic")
_VERBS = ("load", "save", "send", "merge", "drop", "render", "parse", "store")
_NOUNS = ("user", "order", "page", "token", "image", "row", "price", "event")


class Statement(msgspec.Struct):
    """``name`` is who it is for ever; ``words`` are the call, its arguments by themselves."""

    name: int
    rule: str
    call: str
    arguments: list[str]


class Function(msgspec.Struct):
    """``wrapped`` ones have all they do inside of one more block."""

    name: str
    statements: list[Statement]
    wrapped: bool = False


class File(msgspec.Struct):
    """``holder`` is the class its functions are in, empty for none. ``padding`` lines stand at the top."""

    holder: str
    functions: list[Function]
    padding: int = 0
    wide: bool = True


class Program(msgspec.Struct):
    language: str
    files: dict[str, File]

    def copy(self) -> "Program":
        return copy.deepcopy(self)

    @property
    def functions(self) -> list[Function]:
        return [function for file in self.files.values() for function in file.functions]

    @property
    def statements(self) -> Iterator[Statement]:
        return itertools.chain.from_iterable(function.statements for function in self.functions)


_TRAILING_COMMA = frozenset({"PYTHON", "JAVASCRIPT"})
_SUFFIX = {"PYTHON": ".py", "JAVASCRIPT": ".js", "JAVA": ".java", "C++": ".c"}


def program(language: str, seed: int, files: int = 12) -> Program:
    """A program of some hundred statements, a third of which are like another one of the same function."""
    rng = random.Random(seed)
    names = itertools.count()
    made: dict[str, File] = {}
    for number in range(files):
        noun = _NOUNS[number % len(_NOUNS)]
        functions = [
            Function(name=f"{verb}_{noun}_{at}", statements=_statements(rng, names))
            for at, verb in enumerate(rng.sample(_VERBS, 5))
        ]
        folder = ("core", "web", "jobs")[number % 3]
        holder = "" if language == "C++" else f"{noun.title()}{number}"
        made[f"{folder}/{noun}_{number}{_SUFFIX[language]}"] = File(holder=holder, functions=functions)
    return Program(language=language, files=made)


def new_statement(rng: random.Random, name: int) -> Statement:
    call = {"demo:legacy": "legacy", "demo:shout": "shout", "demo:magic": "magic"}
    rule = rng.choice(RULES)
    arguments = [f"{rng.choice(_VERBS)}_{rng.choice(_NOUNS)}" for _ in range(rng.randint(1, 5))]
    return Statement(
        name=name, rule=rule, call=call[rule], arguments=[*arguments, str(rng.randint(100, 999))]
    )


def _statements(rng: random.Random, names: Iterator[int]) -> list[Statement]:
    found: list[Statement] = []
    for _ in range(rng.randint(4, 9)):
        if found and rng.random() < 1 / 3:
            twin = rng.choice(found)
            found.append(msgspec.structs.replace(twin, name=next(names), arguments=list(twin.arguments)))
        else:
            found.append(new_statement(rng, next(names)))
    return found


def text_of(language: str, file: File) -> tuple[list[str], dict[int, Statement]]:
    """The lines of a file, and the statement that begins at each of some lines, from 1."""
    writer = _Writer(language, file)
    writer.write()
    return writer.lines, writer.places


class _Writer:
    def __init__(self, language: str, file: File) -> None:
        self.language = language
        self.file = file
        self.lines: list[str] = []
        self.places: dict[int, Statement] = {}
        self._braces = language != "PYTHON"

    def write(self) -> None:
        mark = "//" if self._braces else "#"
        self.lines += [f"{mark} note {number}" for number in range(self.file.padding)]
        self.lines.append(f"{mark} a file of {self.file.functions[0].name}")
        depth = 0
        if self.file.holder:
            self._open(0, f"class {self.file.holder}")
            depth = 1
        for function in self.file.functions:
            self._function(depth, function)
        if self.file.holder:
            self._close(0)

    def _function(self, depth: int, function: Function) -> None:
        heads = {
            "PYTHON": f"def {function.name}(self, value)",
            "JAVASCRIPT": f"{function.name}(value)",
            "JAVA": f"public void {function.name}(int value)",
            "C++": f"static int {function.name}(int value)",
        }
        self._open(depth, heads[self.language])
        inner = depth + 1
        if function.wrapped:
            self._open(inner, "if value" if not self._braces else "if (value)")
            inner += 1
        for number, statement in enumerate(function.statements):
            if number % 3 == 2:
                self.lines.append("    " * inner + self._end(f"value = next(value, {len(function.name)})"))
            self._statement(inner, statement)
        if function.wrapped:
            self._close(depth + 1)
        self._close(depth)
        self.lines.append("")

    def _statement(self, depth: int, statement: Statement) -> None:
        self.places[len(self.lines) + 1] = statement
        indent = "    " * depth
        flat = indent + self._end(f"{statement.call}({', '.join(statement.arguments)})")
        if self.file.wide or len(flat) <= WIDTH:
            self.lines.append(flat)
            return
        self.lines.append(f"{indent}{statement.call}(")
        *others, last = statement.arguments
        self.lines += [f"{indent}    {argument}," for argument in others]
        self.lines.append(f"{indent}    {last}" + ("," if self.language in _TRAILING_COMMA else ""))
        self.lines.append(indent + self._end(")"))

    def _open(self, depth: int, head: str) -> None:
        self.lines.append("    " * depth + head + (" {" if self._braces else ":"))

    def _close(self, depth: int) -> None:
        if self._braces:
            self.lines.append("    " * depth + "}")

    def _end(self, text: str) -> str:
        return text + ";" if self._braces else text


def edited(name: str, village: Program, seed: int) -> Program:
    """The program after one kind of edit."""
    after = village.copy()
    edits: dict[str, Any] = {
        "inserted lines": _insert,
        "renamed files": _rename,
        "renamed folder": _rename_folder,
        "moved functions": _move_inside,
        "moved to other files": _move_across,
        "re-indented": _wrap,
        "reformatted": _reformat,
        "nothing": lambda *_: None,
    }
    edits[name](after, random.Random(seed))
    return after


FIRST_NEW = 10_000
"""The names of statements that came into a program later begin here."""


def mended(village: Program, seed: int) -> Program:
    """The program with one statement of each function gone, and a new one that is another."""
    after = village.copy()
    rng = random.Random(seed)
    for number, function in enumerate(after.functions):
        function.statements.pop(rng.randrange(len(function.statements)))
        function.statements.insert(
            rng.randrange(len(function.statements) + 1), new_statement(rng, FIRST_NEW + number)
        )
    return after


EDITS = (
    "inserted lines",
    "renamed files",
    "renamed folder",
    "moved functions",
    "moved to other files",
    "re-indented",
    "reformatted",
)


def _insert(after: Program, rng: random.Random) -> None:
    for file in after.files.values():
        file.padding += rng.randint(1, 7)
        function = rng.choice(file.functions)
        at = rng.randrange(len(function.statements) + 1)
        function.statements.insert(at, Statement(-1, "", "harmless", ["value"]))


def _rename(after: Program, rng: random.Random) -> None:
    for path in rng.sample(sorted(after.files), len(after.files) // 2):
        folder, _, name = path.partition("/")
        file = after.files[f"{folder}/new_{name}"] = after.files.pop(path)
        file.functions[0].statements.insert(0, Statement(-1, "", "harmless", ["value"]))


def _rename_folder(after: Program, rng: random.Random) -> None:
    for path in [path for path in after.files if path.startswith("core/")]:
        after.files[path.replace("core/", "heart/")] = after.files.pop(path)


def _move_inside(after: Program, rng: random.Random) -> None:
    for file in after.files.values():
        file.functions.append(file.functions.pop(rng.randrange(len(file.functions))))


def _move_across(after: Program, rng: random.Random) -> None:
    paths = sorted(after.files)
    for path, target in zip(paths, paths[1:] + paths[:1], strict=True):
        moved = after.files[path].functions.pop(0)
        after.files[target].functions.append(moved)


def _wrap(after: Program, rng: random.Random) -> None:
    for function in after.functions:
        function.wrapped = rng.random() < 0.5


def _reformat(after: Program, rng: random.Random) -> None:
    for file in after.files.values():
        file.wide = False
