"""One conversation with a remote repository: address checked and pinned, credential handed over, limits set."""

from __future__ import annotations

from contextlib import contextmanager

from bottega.scm.commands import Commands, Completed
from bottega.scm.credentials import choose
from bottega.scm.environment import environment, git
from bottega.scm.handover import private_folder, ssh_command, write_askpass
from bottega.scm.resolve import pin_options, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from bottega.scm.commands import Start
    from bottega.scm.giturl import GitUrl
    from bottega.scm.options import GitOptions


class Connection:
    """Runs git commands that talk to ``url``; made by `connect`."""

    def __init__(self, url: GitUrl, options: GitOptions, commands: Commands, folder: Path) -> None:
        self.url = url
        self.commands = commands
        self._options = options
        addresses = resolve(url, options.policy, commands)
        credential = choose(options.credentials, url)
        askpass = ssh = ""
        if url.scheme == "ssh":
            ssh = ssh_command(folder, url, credential, addresses[0])
        elif credential:
            askpass = write_askpass(folder, url, credential)
        self._environment = environment(url.scheme, askpass, ssh)
        self._settings = pin_options(url, addresses)
        if options.ca_file:
            self._settings += (f"http.sslCAInfo={options.ca_file}",)

    @property
    def seconds(self) -> float:
        """The time limit of one command."""
        return self._options.fetch_seconds

    def run(self, *arguments: str) -> Completed:
        """``git <arguments>``, allowed to reach this URL's transport only."""
        return self.commands.run(
            self._git(*arguments), self._environment, self.seconds, self._options.max_bytes
        )

    def list_refs(self, patterns: Sequence[str] = ()) -> Completed:
        """The remote's refs with their commits, and what its HEAD points to."""
        argv = self._git("ls-remote", "--symref", "--", self.url.text, *patterns)
        # With the smaller limit of plain output: this answer is read into memory.
        return self.commands.run(argv, self._environment, self.seconds)

    def _git(self, *arguments: str) -> list[str]:
        return git(*arguments, options=self._settings)


@contextmanager
def connect(
    url: GitUrl, options: GitOptions, start: Start, *, below: Path | None = None
) -> Generator[Connection]:
    """A connection whose secrets vanish at the end; ``below`` is where its private folder is made.

    Raises `UrlRefused` when the host resolves to a refused address, `ScmError` when it is unknown.
    """
    with private_folder(below) as folder:
        yield Connection(url, options, Commands(start, folder), folder)
