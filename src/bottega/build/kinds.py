"""The kinds of runs this domain has."""

BUILD = "build"
"""A build record: one numbered run of a task."""
JOB = "job"
"""One job of a BuildFlow. It belongs to the record of the flow, whose number it has."""

KINDS = frozenset({BUILD, JOB})
