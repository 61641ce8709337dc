"""Branches and tags of the repositories that build tasks name."""
