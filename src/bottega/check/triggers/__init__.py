"""Checks that are started by what happens in repositories, or by the clock."""
