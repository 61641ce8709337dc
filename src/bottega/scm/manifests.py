"""Manifests of the tool repo: which repositories make up a source tree, and where each of them goes.

They come from a repository, and so from anybody: size, depth and numbers are bounded, and no document type is read.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from bottega.scm.failures import ScmError
from bottega.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Load = Callable[[str], str]
    """The text of a file of the manifest's repository; raises `ScmError`."""

MAX_PROJECTS = 1000
MAX_FILES = 20
MAX_ELEMENTS = 50_000
MAX_PLACED = 1000
_MAX_DEPTH = 20
_PLACED = {"copyfile": "copy", "linkfile": "link"}
_REFUSED = frozenset({"submanifest"})
_GROUPS = re.compile(r"[,\s]+")
_NOT_DEFAULT = "notdefault"


class Placed(Value):
    """A file of a project that is copied or linked to another place; ``kind`` is "copy" or "link"."""

    __slots__ = ("destination", "kind", "source")
    kind: str
    source: str
    destination: str

    def __init__(self, kind: str, source: str, destination: str) -> None:
        self._fill(kind=kind, source=source, destination=destination)


class Project(Value):
    """One repository: its ``name`` goes below ``fetch``, a URL that may be relative to the manifest's."""

    __slots__ = ("fetch", "name", "path", "placed", "revision")
    name: str
    path: str
    fetch: str
    revision: str
    placed: tuple[Placed, ...]

    def __init__(
        self, *, name: str, path: str, fetch: str, revision: str, placed: tuple[Placed, ...]
    ) -> None:
        self._fill(name=name, path=path, fetch=fetch, revision=revision, placed=placed)


def read(file: str, load: Load) -> list[Project]:
    """The projects of a manifest and of all that it includes, parents of nested folders first; raises `ScmError`."""
    manifest = _Manifest(load)
    manifest.include(file)
    return manifest.projects()


class _Manifest:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._file = ""
        self._files = 0
        self._elements = 0
        self._placed = 0
        self._remotes: dict[str, dict[str, str]] = {}
        self._default: dict[str, str] = {}
        self._projects: list[tuple[dict[str, str], list[Placed]]] = []

    def include(self, file: str) -> None:
        self._files += 1
        if self._files > MAX_FILES:
            raise ScmError(f"The manifest is made of more than {MAX_FILES} files.")
        if file.startswith("/") or ".." in file.split("/"):
            raise ScmError(f"The manifest {file[:200]!r} is not a file of its repository.")
        text, outer, self._file = self._load(file), self._file, file
        _Elements(self._element, self._refuse).read(text)
        self._file = outer

    def projects(self) -> list[Project]:
        found: dict[str, Project] = {}
        for attributes, placed in self._projects:
            if _NOT_DEFAULT in _GROUPS.split(attributes.get("groups", "")):
                continue
            project = self._project(attributes, placed)
            if project.path in found:
                raise ScmError(f"The manifest puts two projects into {project.path!r}.")
            found[project.path] = project
        if not found:
            raise ScmError("The manifest names no projects.")
        return sorted(found.values(), key=lambda one: one.path.split("/"))

    def _project(self, attributes: dict[str, str], placed: list[Placed]) -> Project:
        name = attributes["name"]
        remote_name = attributes.get("remote") or self._default.get("remote", "")
        remote = self._remotes.get(remote_name)
        if remote is None:
            raise ScmError(
                f"The project {name!r} of the manifest has the remote {remote_name!r}, which is not defined."
            )
        revision = attributes.get("revision") or remote.get("revision") or self._default.get("revision", "")
        if not revision:
            raise ScmError(f"The project {name!r} of the manifest has no revision.")
        path = "/".join(part for part in (attributes.get("path") or name).split("/") if part not in ("", "."))
        return Project(name=name, path=path, fetch=remote["fetch"], revision=revision, placed=tuple(placed))

    def _element(self, above: str, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            self._refuse(f"has more than {MAX_ELEMENTS} elements")
        match tag:
            case "remote":
                self._needs(tag, attributes, "name", "fetch")
                self._remotes[attributes["name"]] = attributes
            case "default":
                self._default = attributes
            case "include":
                self._needs(tag, attributes, "name")
                self.include(attributes["name"])
            case "project":
                self._needs(tag, attributes, "name")
                self._add(above, attributes)
            case "remove-project" | "extend-project":
                self._needs(tag, attributes, "name")
                self._change(tag, attributes)
            case "copyfile" | "linkfile" if above == "project":
                self._needs(tag, attributes, "src", "dest")
                self._place(Placed(_PLACED[tag], attributes["src"], attributes["dest"]))
            case _ if tag in _REFUSED:
                self._refuse(f"has a <{tag}>, which is not supported")
            case _:
                # Notices, annotations, hooks and what concerns reviews change nothing in the tree.
                pass

    def _add(self, above: str, attributes: dict[str, str]) -> None:
        if above == "project":
            self._refuse("has projects inside of projects, which are not supported")
        if len(self._projects) == MAX_PROJECTS:
            self._refuse(f"has more than {MAX_PROJECTS} projects")
        self._projects.append((attributes, []))

    def _place(self, placed: Placed) -> None:
        self._placed += 1
        if self._placed > MAX_PLACED:
            self._refuse(f"copies or links more than {MAX_PLACED} files")
        self._projects[-1][1].append(placed)

    def _change(self, tag: str, attributes: dict[str, str]) -> None:
        path = attributes.get("path")
        meant = [
            one
            for one in self._projects
            if attributes["name"] == one[0]["name"] and path in (None, one[0].get("path", one[0]["name"]))
        ]
        if tag == "remove-project":
            self._projects = [one for one in self._projects if one not in meant]
            return
        changed = {name: attributes[name] for name in ("revision", "remote") if name in attributes}
        if "dest-path" in attributes:
            changed["path"] = attributes["dest-path"]
        for project, _ in meant:
            project.update(changed)

    def _needs(self, tag: str, attributes: dict[str, str], *names: str) -> None:
        for name in names:
            if not attributes.get(name):
                self._refuse(f"has a <{tag}> without {name}")

    def _refuse(self, reason: str) -> None:
        raise ScmError(f"The manifest {self._file!r} {reason}.")


class _Elements:
    """Tells of every element, with the name of the one around it."""

    def __init__(
        self, found: Callable[[str, str, dict[str, str]], None], refuse: Callable[[str], None]
    ) -> None:
        self._found = found
        self._refuse = refuse
        self._above: list[str] = []

    def read(self, text: str) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(text.encode(), True)
        except expat.ExpatError as error:
            self._refuse(f"is not XML: {error}")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._above and tag != "manifest":
            self._refuse(f"is no manifest: it begins with <{tag[:40]}>")
        if len(self._above) == _MAX_DEPTH:
            self._refuse(f"is nested more than {_MAX_DEPTH} levels deep")
        self._found(self._above[-1] if self._above else "", tag, attributes)
        self._above.append(tag)

    def _end(self, _tag: str) -> None:
        self._above.pop()

    def _doctype(self, *_declared: object) -> None:
        self._refuse("declares a document type")
