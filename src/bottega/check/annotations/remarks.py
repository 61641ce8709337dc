"""What is told of a check, in Markdown that all forges understand, with hidden marks by which it is recognised."""

import re
from collections.abc import Collection, Iterable, Sequence

import msgspec

from bottega.check.annotations.markdown import code, link
from bottega.check.gates.gate import NAMES

LONGEST_MESSAGE, LONGEST_RULE, LONGEST_PATH = 500, 160, 300
_MARK = re.compile(r"<!-- bottega:([0-9a-f:]{32,4096}) -->\Z")
_LONGEST_MARK = 5000


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """One issue beside its line. ``former`` is the path of the file in the target."""

    issue_id: str
    path: str
    former: str
    line: int
    severity: int
    rule: str
    message: str
    link: str

    @property
    def body(self) -> str:
        """As a comment of its own."""
        shown = f"{self._said}\n\n"
        if self.link:
            shown += f"{link('Issue in Bottega', self.link)}\n\n"
        return shown + marks([self.issue_id])

    @property
    def item(self) -> str:
        """As an item of a list."""
        place = code(f"{self.path}:{self.line}", LONGEST_PATH)
        return f"* {link(place, self.link)}: {self._said}"

    @property
    def _said(self) -> str:
        rule, message = code(self.rule, LONGEST_RULE), code(self.message, LONGEST_MESSAGE)
        return f"**{NAMES[self.severity]}** {rule} {message}"


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """All that is told of one check: the gravest as ``remarks``, ``rest`` are how many more there are.

    ``number`` is the merge request's, ``commit`` what was checked, ``check`` the number of the check. ``earlier`` are
    how many of its issues were told before something broke off.
    """

    scan_id: str
    number: str
    commit: str
    check: int
    remarks: Sequence[Remark]
    rest: int
    link: str
    earlier: int = 0

    def summary(self, listed: Sequence[Remark] = ()) -> str:
        """One sentence, and the remarks that cannot stand beside their lines."""
        shown = self.earlier + len(self.remarks)
        count = shown + self.rest
        found = "1 new issue" if count == 1 else f"{count} new issues"
        said = f"Check {self.check} found {found} in the lines that this request changes"
        if self.rest:
            said += f"; the {shown} gravest are shown"
        lines = [f"{said}. {link('All issues', self.link)}." if self.link else f"{said}."]
        if listed:
            lines += ["", *(remark.item for remark in listed)]
        return "\n".join(lines)


def marks(ids: Iterable[str]) -> str:
    """What nobody sees, and :func:`marked` finds again."""
    return f"<!-- bottega:{':'.join(ids)} -->"


def marked(body: object) -> Collection[str]:
    """The ids that a text is marked with, at its end: what looks like a mark before is somebody's words."""
    found = _MARK.search(body.rstrip()[-_LONGEST_MARK:]) if isinstance(body, str) else None
    return found[1].split(":") if found else ()
