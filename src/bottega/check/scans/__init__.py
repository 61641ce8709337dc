"""Scans: one check of a task, from its acceptance over the agent to the results that are stored."""
