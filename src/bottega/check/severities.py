"""How grave a finding is: one scale for all engines."""

from enum import IntEnum


class Severity(IntEnum):
    """Numbered as on the wire; a smaller number is graver.

    Engines map their own words to it: what crashes, corrupts memory or can be exploited is ``FATAL``, what is a bug or
    very likely one ``SERIOUS``, what makes code hard to maintain ``GENERAL``, style and format are a ``HINT``.
    """

    FATAL = 0
    SERIOUS = 1
    GENERAL = 2
    HINT = 3


WEIGHTS = {Severity.FATAL: 5.0, Severity.SERIOUS: 3.0, Severity.GENERAL: 1.0, Severity.HINT: 0.1}
"""What one issue counts in the health of a code base (reference section 5.5)."""
