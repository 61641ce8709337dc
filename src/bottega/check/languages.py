"""The languages that are checked: their names in every spelling clients use, and the files they are written in."""

from pathlib import PurePosixPath

import msgspec


class Language(msgspec.Struct, frozen=True):
    """``name`` is what rules and issues call it, ``short`` what tasks are created with.

    ``suffixes`` and ``file_names`` (in small letters) say which files are written in it; several languages may share
    one. ``shown`` is for people.
    """

    name: str
    short: str
    shown: str
    suffixes: tuple[str, ...]
    file_names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


_ALL = (
    Language(
        "C++",
        "cpp",
        "C/C++",
        (
            ".c",
            ".cc",
            ".cpp",
            ".cxx",
            ".cp",
            ".c++",
            ".inc",
            ".inl",
            ".mm",
            ".h",
            ".hh",
            ".hpp",
            ".hxx",
            ".h++",
        ),
        aliases=("c", "c/c++"),
    ),
    Language("JAVA", "java", "Java", (".java",)),
    Language("JAVASCRIPT", "js", "JavaScript", (".js", ".jsx", ".mjs", ".cjs", ".vue")),
    Language(
        "TYPESCRIPT", "typescript", "TypeScript", (".ts", ".tsx", ".mts", ".cts", ".vue"), aliases=("ts",)
    ),
    Language("PYTHON", "python", "Python", (".py", ".pyi"), aliases=("py",)),
    Language("GO", "go", "Go", (".go",), aliases=("golang",)),
    Language("C#", "csharp", "C#", (".cs",), aliases=("c_sharp",)),
    Language("PHP", "php", "PHP", (".php",)),
    Language("CSS", "css", "CSS", (".css", ".scss", ".less")),
    Language("HTML", "html", "HTML", (".html", ".htm")),
    Language("RUST", "rust", "Rust", (".rs",)),
    Language("KOTLIN", "kotlin", "Kotlin", (".kt", ".kts")),
    Language("SCALA", "scala", "Scala", (".scala", ".sc")),
    Language("LUA", "lua", "Lua", (".lua",)),
    Language("SHELL", "shell", "Shell", (".sh", ".bash"), aliases=("sh", "bash")),
    Language("SQL", "sql", "SQL", (".sql",)),
    Language("TERRAFORM", "terraform", "Terraform", (".tf", ".tfvars"), aliases=("hcl",)),
    Language("ARKTS", "arkts", "ArkTS", (".ets",)),
    Language("CANGJIE", "cangjie", "Cangjie", (".cj",)),
    Language("DOCKERFILE", "dockerfile", "Dockerfile", (".dockerfile",), ("dockerfile", "containerfile")),
    Language("YAML", "yaml", "YAML", (".yaml", ".yml"), aliases=("yml",)),
)

LANGUAGES: dict[str, Language] = {language.name: language for language in _ALL}
"""Every language by its name."""

ANY = "ALL"
"""What rules call themselves that hold for any text, such as those about secrets."""

_SPELLINGS = {
    spelling.casefold(): language
    for language in _ALL
    for spelling in (language.name, language.short, language.shown, *language.aliases)
}


def find(text: str) -> Language | None:
    """The language a client means, in any spelling and case; None for none."""
    return _SPELLINGS.get(text.strip().casefold())


_BY_SUFFIX: dict[str, list[Language]] = {}
_BY_FILE_NAME: dict[str, list[Language]] = {}
for _language in _ALL:
    for _suffix in _language.suffixes:
        _BY_SUFFIX.setdefault(_suffix, []).append(_language)
    for _name in _language.file_names:
        _BY_FILE_NAME.setdefault(_name, []).append(_language)


def of_file(path: str) -> tuple[Language, ...]:
    """The languages a file may be written in, judged by its name; a component may be in two, most files are in none."""
    name = path.rpartition("/")[2].casefold()
    if (found := _BY_FILE_NAME.get(name)) or (found := _BY_FILE_NAME.get(name.partition(".")[0])):
        return tuple(found)
    dot = name.rfind(".")
    return tuple(_BY_SUFFIX.get(name[dot:], ())) if dot > 0 else ()


_INTERPRETERS = {
    "sh": "SHELL",
    "bash": "SHELL",
    "dash": "SHELL",
    "ksh": "SHELL",
    "ash": "SHELL",
    "python": "PYTHON",
    "pypy": "PYTHON",
    "node": "JAVASCRIPT",
    "nodejs": "JAVASCRIPT",
    "deno": "TYPESCRIPT",
    "bun": "TYPESCRIPT",
    "php": "PHP",
    "lua": "LUA",
    "luajit": "LUA",
    "scala": "SCALA",
    "kotlin": "KOTLIN",
}


def of_script(start: bytes) -> tuple[Language, ...]:
    """The language of a script without a suffix, judged by how it begins: ``#!/usr/bin/env python3``."""
    if not start.startswith(b"#!"):
        return ()
    words = start[2:].split(b"\n", 1)[0].decode("utf-8", "replace").split()
    programs = [PurePosixPath(word).name for word in words if not word.startswith("-") and "=" not in word]
    if programs and programs[0] == "env":
        programs = programs[1:]
    name = _INTERPRETERS.get(programs[0].rstrip("0123456789.")) if programs else None
    return (LANGUAGES[name],) if name is not None else ()
