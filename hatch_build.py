"""Brings the console's scripts in while a wheel or an sdist is built."""

import sys
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ConsoleScripts(BuildHookInterface):
    """Without npm, or without its registry, the package is built without them, and says so."""

    def initialize(self, version, build_data):
        """Called before files are collected."""
        sys.path.insert(0, str(Path(self.root, "src")))
        from bottega.console.bringing_in import bring_in
        from bottega.npm import NpmFailed

        try:
            bring_in()
        except (NpmFailed, OSError) as error:
            self.app.display_warning(f"the console goes without htmx: {error}")
