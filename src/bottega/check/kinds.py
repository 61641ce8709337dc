"""The kind of run a check is to the execution layer."""

CHECK = "check"
