"""A forge over http that takes pushes, shared by all worlds of a process."""

import atexit
import subprocess
import tempfile
import threading
from functools import cache
from pathlib import Path
from shutil import rmtree

from tests.scm.forge import Forge
from tests.support.repositories import Repository

FILE = "src/shop.py"
LINES = ("statement_number(1)", "# first")
"""The file: its first line is where tests find an issue, the second is anybody's."""
USER, PASSWORD = "builder", "forge-token"


@cache
def shared_forge() -> str:
    """URL of a repository with the branch master; it is opened with :data:`USER` and :data:`PASSWORD`."""
    folder = Path(tempfile.mkdtemp(prefix="bottega-forge-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    work = Repository(folder / "work")
    work.commit("first commit", **{"src/shop__py": "\n".join(LINES) + "\n", "README__md": "a shop\n"})
    bare = folder / "served" / "shop.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(work.path), str(bare)], check=True)
    subprocess.run(["git", f"--git-dir={bare}", "config", "http.receivepack", "true"], check=True)
    forge = Forge(folder / "served", user=USER, password=PASSWORD)
    atexit.register(forge.server_close)
    atexit.register(forge.shutdown)
    threading.Thread(target=forge.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return f"{forge.url}/shop.git"
