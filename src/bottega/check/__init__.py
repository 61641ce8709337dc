"""Code check: tasks, rules, analysers, and issues that keep their identity."""
