"""Folders of build tasks: a tree in each project."""
