import subprocess
from pathlib import Path

from bottega.agent.runner.quota import Quota
from tests.support.waiting import eventually


def over(folder: Path, limit: int) -> str | None:
    halt = Quota([str(folder)], limit).check_now(30.0)
    return None if halt is None else halt.reason


def test_a_folder_within_its_quota_goes_on(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * 100_000)
    assert over(tmp_path, 200_000) is None
    assert over(tmp_path, 50_000) == "The workspace grew above its quota of 48.83 KiB"


def test_all_folders_count_together(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "f").write_bytes(b"x" * 60_000)
    folders = [str(tmp_path / name) for name in ("a", "b", "missing")]
    assert Quota(folders, 100_000).check_now() is not None
    assert Quota(folders, 200_000).check_now() is None


def test_a_file_with_two_names_counts_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100_000)
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    assert over(tmp_path, 150_000) is None


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "big").write_bytes(b"x" * 500_000)
    (tmp_path / "inside" / "file").symlink_to(tmp_path / "big")
    (tmp_path / "inside" / "folder").symlink_to(tmp_path)
    (tmp_path / "inside" / "loop").symlink_to(tmp_path / "inside")
    assert over(tmp_path / "inside", 100_000) is None


def test_a_sparse_file_counts_what_it_takes(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 33)
    assert over(tmp_path, 1 << 20) is None


def test_empty_files_cost_something(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / str(number)).touch()
    assert over(tmp_path, 100_000) is not None


def test_folders_too_deep_to_measure_are_refused(tmp_path: Path) -> None:
    script = f"for i in $(seq 60); do mkdir {'d' * 100} && cd -P {'d' * 100} || exit 1; done"
    subprocess.run(["/bin/bash", "-c", script], cwd=tmp_path, check=True)
    assert over(tmp_path, 1 << 40) == "The workspace holds folders nested too deeply to be measured"
    subprocess.run(["rm", "-rf", "--", *tmp_path.iterdir()], check=True)


def test_a_big_folder_is_walked_a_little_at_a_time(tmp_path: Path) -> None:
    for folder in range(40):
        (tmp_path / str(folder)).mkdir()
        for number in range(50):
            (tmp_path / str(folder) / str(number)).write_bytes(b"x" * 5000)
    quota = Quota([str(tmp_path)], 12 << 20)
    halt = quota.check_now(0.0)
    assert halt is None
    assert eventually(quota.check) is not None
