"""The build.yml that a task begins with when its steps shall come from the repository (reference, section 5.4)."""

from bottega.build.definition import Definition
from bottega.build.yaml_text import quoted
from bottega.errors import Invalid

RESOURCES = {"x86-64": "X86", "x86": "X86", "arm": "ARM"}
"""``default_host`` as it is asked for, whatever the case: the architecture as build.yml names it."""

DEFAULT_CLASS = "2U8G"

_CHECKOUT = """\
  PRE_BUILD:
    - checkout:
        name: "Code checkout"
        inputs:
          scm: "codehub"
          url: {url}
          branch: "${{codeBranch}}"
          lfs: {lfs}
          submodule: {submodule}
"""
_BUILD = """\
  BUILD:
    - sh:
        name: "Shell"
        inputs:
          command: "echo hello"
"""


def default_yaml(definition: Definition, default_host: str) -> str:
    """The text for a task; ``default_host`` (optional) names the machine that the file shall ask for.

    Without a source there is nothing to check out. Raises :class:`Invalid`.
    """
    parts = ["version: 2.0\n"]
    if default_host:
        parts.append(_machine(default_host))
    parts.append("steps:\n")
    scm = definition.scms[0] if definition.scms else None
    if scm is not None and scm.url:
        parts.append(
            _CHECKOUT.format(
                url=quoted(scm.url),
                lfs=_word(scm.enable_git_lfs is True),
                submodule=_word(definition.submodules),
            )
        )
    parts.append(_BUILD)
    return "".join(parts)


def _machine(default_host: str) -> str:
    arch = RESOURCES.get(default_host.lower())
    if arch is None:
        raise Invalid("default_host", f"{default_host[:80]!r} is none of {', '.join(RESOURCES)}")
    return f"env:\n  resource:\n    type: docker\n    arch: {arch}\n    class: {DEFAULT_CLASS}\n"


def _word(value: bool) -> str:
    return "true" if value else "false"
