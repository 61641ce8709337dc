"""Build flows: records whose jobs are runs of their own, in the order of their dependencies."""
