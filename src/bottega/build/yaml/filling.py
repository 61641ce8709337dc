"""Parameters in a file's texts: ``${name}``, by the rules of :mod:`bottega.build.inputs`."""

from collections.abc import Collection, Mapping
from re import compile as pattern

from bottega.build import inputs
from bottega.build.yaml.nodes import Scalar
from bottega.build.yaml.problems import BuildFileError, Problem, Problems
from bottega.errors import Invalid

MAX_TOTAL = 1024 * 1024
"""Characters that all texts of a plan may have together."""

_REFERENCE = pattern(r"\$\{[A-Za-z0-9_]+\}")


def has_reference(text: str) -> bool:
    """Whether a parameter may change the text."""
    return _REFERENCE.search(text) is not None


class Filling:
    """Puts ``values`` into texts; None leaves them as they are, to look at a file before anything is known.

    ``known`` says whether texts are final.
    """

    def __init__(
        self, values: Mapping[str, str] | None, private: Collection[str], problems: Problems
    ) -> None:
        self.values = dict(values or {})
        self.known = values is not None
        self.problems = problems
        self.warnings: list[Problem] = []
        self.private = frozenset(private)
        self._total = 0

    def text(self, node: Scalar | None) -> str:
        """The text with its parameters, an empty one for nothing; what is wrong becomes a problem."""
        if node is None or node.is_null:
            return ""
        return self._counted(node, self._filled(node) if self.known else node.text)

    def as_written(self, node: Scalar) -> str:
        """The text as it is: scripts find parameters in their environment, and agents those that passwords name."""
        return self._counted(node, node.text)

    def final(self, text: str) -> bool:
        """Whether this text can be judged already."""
        return self.known or not has_reference(text)

    def _filled(self, node: Scalar) -> str:
        try:
            return inputs.put_in({"text": node.text}, self.values, self.private, "")["text"]
        except Invalid as error:
            self.problems.add(node, error.reason)
            return ""

    def _counted(self, node: Scalar, text: str) -> str:
        self._total += len(text)
        if self._total > MAX_TOTAL:
            self.problems.add(
                node, f"with its parameters put in, the file has more than {MAX_TOTAL} characters"
            )
            raise BuildFileError(self.problems.found())
        return text
