"""Quality gates: how many issues of which severity are allowed."""
