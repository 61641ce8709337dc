"""``env`` and ``envs``: where a build runs, and its code caches."""

import re

import msgspec

from bottega.build.yaml import choices, shapes
from bottega.build.yaml.choices import Choice
from bottega.build.yaml.dialect import ENVIRONMENT
from bottega.build.yaml.filling import Filling
from bottega.build.yaml.nodes import Mapping, Node, Scalar, is_null
from bottega.build.yaml.paths import outside
from bottega.build.yaml.plan import CodeCache, Resource
from bottega.build.yaml.problems import Problem, Problems, nearest, one_of, shown
from bottega.runs.flavors import FLAVOR, SIZES

TYPES = ["docker", "custom"]
ARCHITECTURES = {"X86": "x86-64", "ARM": "arm"}
CLASSES = [size.upper() for size in SIZES]
RESOURCE_KEYS = ["type", "arch", "class", "pool"]
CACHE_KEYS = ["type", "local_path", "command", "branch", "url"]

_POOL = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_EXAMPLE = "{type: docker, arch: X86, class: 2U8G}"


class Environment(msgspec.Struct):
    """Checked as far as it can be without a run's parameters."""

    resource: Mapping | None
    choices: list[Choice]
    caches: list[Mapping]

    def plan(self, filling: Filling) -> tuple[Resource, list[CodeCache]]:
        """With parameters put in; the first of ``envs`` whose condition is true, the task's own when none is."""
        chosen = self.resource
        if self.choices:
            choice = choices.first(self.choices, filling)
            node = choice.body.entries.get("resource") if choice else None
            chosen = node if isinstance(node, Mapping) else None
        return _resource(chosen, filling), [_cache(cache, filling) for cache in self.caches]


def read(top: Mapping, problems: Problems, *, caches: bool = True) -> Environment:
    """``env`` and ``envs`` of a file; without ``caches`` there is nothing else than resources."""
    filling = Filling(None, (), problems)
    env = _mapping_or_none(top.entries.get("env"), "env", problems)
    resource: Mapping | None = None
    cached: list[Mapping] = []
    if env is not None:
        shapes.known_keys(
            env, ["resource", "cache"] if caches else ["resource"], "env", problems, ENVIRONMENT
        )
        resource = _mapping_or_none(env.entries.get("resource"), "resource", problems)
        _resource(resource, filling)
        cached = _read_caches(env.entries.get("cache"), filling) if caches else []
    found: list[Choice] = []
    envs = top.entries.get("envs")
    if not is_null(envs):
        if env is not None and "resource" in env.keys:
            problems.add(top.keys["envs"], "a file has env.resource or envs, not both")
        for item in shapes.items(envs, "envs", problems) or []:
            choice = _read_choice(item, filling)
            if choice is not None:
                found.append(choice)
    return Environment(resource, found, cached)


def _read_choice(item: Node, filling: Filling) -> Choice | None:
    problems = filling.problems
    body = shapes.mapping(item, "an item of envs", problems, "{condition: p == 1, resource: {arch: ARM}}")
    if body is None:
        return None
    shapes.known_keys(body, ["condition", "resource"], "an item of envs", problems)
    node = shapes.required(body, "resource", "an item of envs", problems)
    _resource(shapes.mapping(node, "resource", problems, _EXAMPLE), filling)
    return choices.read(body, "an item of envs", problems)


def _mapping_or_none(node: Node | None, what: str, problems: Problems) -> Mapping | None:
    example = _EXAMPLE if what == "resource" else f"{{resource: {_EXAMPLE}}}"
    return None if is_null(node) else shapes.mapping(node, what, problems, example)


def _resource(node: Mapping | None, filling: Filling) -> Resource:
    if node is None:
        return Resource()
    if not filling.known:
        shapes.known_keys(node, RESOURCE_KEYS, "resource", filling.problems)
    texts = {key: _scalar(node, key, filling) for key in RESOURCE_KEYS}
    kind = _word(texts["type"], TYPES, "type", filling).lower() or "docker"
    arch = _word(texts["arch"], list(ARCHITECTURES), "arch", filling).upper()
    flavor = _flavor(texts["class"], filling)
    pool_node, pool = texts["pool"]
    if kind == "custom" and pool_node is None:
        filling.problems.add(node, "resource with type: custom needs pool, the name of a pool of agents")
    elif pool_node is not None and filling.final(pool_node.text) and not _POOL.fullmatch(pool):
        filling.problems.add(pool_node, "a pool's name is 1 to 64 letters, digits, '_', '.' or '-'")
    if kind != "custom" and pool_node is not None and filling.known:
        _warn(pool_node, "pool has no effect without type: custom", filling)
    # The reference's default is X86; agents of a pool of one's own may be anything, and the task says what.
    return Resource(
        arch=ARCHITECTURES.get(arch, "" if kind == "custom" else "x86-64"),
        flavor=flavor,
        pool=pool if kind == "custom" else "",
    )


def _scalar(node: Mapping, key: str, filling: Filling) -> tuple[Scalar | None, str]:
    found = node.entries.get(key)
    if is_null(found):
        return None, ""
    scalar = shapes.scalar(found, key, filling.problems)
    return scalar, filling.text(scalar)


def _word(given: tuple[Scalar | None, str], known: list[str], key: str, filling: Filling) -> str:
    node, text = given
    if node is None or not filling.final(node.text):
        return ""
    if text.casefold() in {one.casefold() for one in known}:
        return text
    filling.problems.add(node, f"{key} must be {one_of(known)}, not {shown(text)}{nearest(text, known)}")
    return ""


def _flavor(given: tuple[Scalar | None, str], filling: Filling) -> str:
    node, text = given
    if node is None or not filling.final(node.text):
        return ""
    found = FLAVOR.fullmatch(text.lower())
    if found and int(found[1]) and int(found[2]):
        return text.lower()
    near = nearest(text, CLASSES)
    filling.problems.add(node, f"class must be a size such as {one_of(CLASSES)}, not {shown(text)}{near}")
    return ""


def _warn(node: Node, message: str, filling: Filling) -> None:
    filling.warnings.append(
        Problem(file=filling.problems.file, line=node.line, column=node.column, message=message)
    )


def _read_caches(node: Node | None, filling: Filling) -> list[Mapping]:
    found: list[Mapping] = []
    if is_null(node):
        return found
    for item in shapes.items(node, "cache", filling.problems) or []:
        cache = shapes.mapping(
            item, "a cache", filling.problems, "{type: code, local_path: code, command: …}"
        )
        if cache is None:
            continue
        shapes.known_keys(cache, CACHE_KEYS, "a cache", filling.problems)
        for key in ("type", "local_path", "command"):
            shapes.required(cache, key, "a cache", filling.problems)
        _cache(cache, filling)
        found.append(cache)
    return found


def _cache(node: Mapping, filling: Filling) -> CodeCache:
    texts = {key: _scalar(node, key, filling) for key in CACHE_KEYS if key != "command"}
    _word(texts["type"], ["code"], "type", filling)
    path_node, path = texts["local_path"]
    if path_node is not None and filling.final(path_node.text) and outside(path):
        filling.problems.add(path_node, "local_path must be a folder below the workspace")
    command = shapes.scalar(node.entries.get("command"), "command", filling.problems)
    return CodeCache(
        local_path=path,
        command=filling.as_written(command) if command is not None else "",
        branch=texts["branch"][1],
        url=texts["url"][1],
    )
