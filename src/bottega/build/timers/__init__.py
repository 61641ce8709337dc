"""Builds that are started by the clock."""
