"""Git is asked about repositories that anybody has made, and runs nothing that they name."""

from pathlib import Path

import pytest

from bottega.check.scanning import history
from tests.support.repositories import Repository


def test_git_runs_no_filter_of_the_repository(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    attributes = "* filter=evil diff=evil\n"
    before = repository.commit(app__py="x = 1\n", old__py="y = 1\n", __gitattributes=attributes)
    trap = f"touch {tmp_path / 'ran'}; cat"
    for name in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.command"):
        repository.git("config", name, trap)
    repository.git("config", "diff.evil.textconv", trap)
    repository.git("config", "filter.evil.required", "true")
    (repository.path / "app.py").write_text("x = 2\n")
    (repository.path / "new.py").write_text("x = 3\n")
    assert history.changed_since(repository.path, before) == {"app.py", "new.py"}
    assert history.ignored(repository.path) == []
    assert dict(history.contents(repository.path, before, {"app.py"}, 100)) == {"app.py": b"x = 1\n"}
    authors = history.authors(repository.path, {"app.py": [1], "old.py": [1]}, 1)
    assert (list(authors["app.py"]), list(authors["old.py"])) == ([], [1])
    assert not (tmp_path / "ran").exists()


def test_what_a_partial_clone_lacks_is_named(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    commit = repository.commit(app__py="x = 1\n", other__py="x = 2\n")
    blob = repository.git("rev-parse", f"{commit}:app.py").strip()
    (repository.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert dict(history.contents(repository.path, commit, {"other.py"}, 100)) == {"other.py": b"x = 2\n"}
    with pytest.raises(history.HistoryError, match=r"'app\.py' is not in this repository"):
        list(history.contents(repository.path, commit, None, 100))
