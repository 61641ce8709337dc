"""The stars users give to build tasks."""
