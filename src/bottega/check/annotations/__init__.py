"""Telling forges of issues beside the lines of merge requests."""
