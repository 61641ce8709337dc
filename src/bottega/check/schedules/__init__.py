"""Checks that are started by the clock."""
