"""neurec practice: copies with open tasks, and nothing of the student's ever overwritten."""

import os
import stat
import sys

import pytest

from neurec_helpers import files
from neurec_helpers.cli import practice as command
from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.notebook.copies import make_copies
from tests.helpers import notebook_fixtures as fixtures

NAMES = [f"{number:02d}_part.ipynb" for number in notebook_files.LESSON]


@pytest.fixture
def folders(tmp_path, monkeypatch):
    source = tmp_path / "notebooks"
    source.mkdir()
    for name in NAMES:
        fixtures.save(fixtures.split_notebook(), source / name)
    monkeypatch.setattr(command, "NOTEBOOKS", source)
    monkeypatch.setattr(command, "PRACTICE", tmp_path / "practice")
    return tmp_path


def test_copies_have_open_tasks_and_no_solutions(folders):
    new, kept = make_copies(folders / "notebooks", folders / "practice", tasks_open=True)
    assert [path.name for path in new] == NAMES and kept == []
    for path in new:
        assert "SOLUTION" not in path.read_text()
        assert "train, test = ..., ..." in path.read_text()


def test_what_exists_is_kept_to_the_byte_and_said_so(folders, capsys):
    work = folders / "practice" / NAMES[2]
    work.parent.mkdir()
    work.write_text("my work")
    command.practice(no_open=True)
    printed = capsys.readouterr().out
    assert work.read_text() == "my work"
    assert f"kept  {NAMES[2]}" in printed and f"new   {NAMES[0]}" in printed
    command.practice(no_open=True)
    assert work.read_text() == "my work"
    assert capsys.readouterr().out.count("kept  ") == 6


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_a_link_is_not_written_through(folders):
    target = folders / "elsewhere"
    (folders / "practice").mkdir()
    (folders / "practice" / NAMES[0]).symlink_to(target)
    _, kept = make_copies(folders / "notebooks", folders / "practice", tasks_open=True)
    assert [path.name for path in kept] == NAMES[:1]
    assert not target.exists()


def test_a_notebook_with_broken_markers_stops_all_before_anything_is_made(folders):
    broken = fixtures.notebook(fixtures.code("task-5-8-solution", "### BEGIN SOLUTION"))
    fixtures.save(broken, folders / "notebooks" / NAMES[5])
    with pytest.raises(NeurecError, match=f"{NAMES[5]}, cell task-5-8-solution"):
        make_copies(folders / "notebooks", folders / "practice", tasks_open=True)
    assert not (folders / "practice").exists()


def test_a_folder_that_cannot_be_made_is_named(folders):
    (folders / "practice").write_text("a file where the folder should be")
    with pytest.raises(NeurecError, match="can't make the folder .*practice"):
        command.practice(no_open=True)


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="this user may write everywhere"
)
def test_a_folder_without_write_permission_is_named(folders):
    (folders / "practice").mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(NeurecError, match="Permission denied"):
        command.practice(no_open=True)


def test_a_disk_that_fills_up_leaves_no_half_a_file(folders, monkeypatch):
    real_open = open

    def full_disk(path, mode="r", **options):
        file = real_open(path, mode, **options)
        if "x" not in mode:
            return file

        class Full:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                file.close()

            def write(self, text):
                file.write(text[:10])
                raise OSError(28, "No space left on device")

        return Full()

    monkeypatch.setattr(files, "open", full_disk, raising=False)
    with pytest.raises(NeurecError, match="No space left on device. Nothing was lost"):
        make_copies(folders / "notebooks", folders / "practice", tasks_open=True)
    assert list((folders / "practice").iterdir()) == []


@pytest.mark.parametrize("already", [False, True])
def test_jupyterlab_is_opened_on_the_first_notebook(folders, monkeypatch, already):
    opened = []
    monkeypatch.setattr(command, "open_lab", lambda path, root: opened.append(path))
    if already:
        command.practice(no_open=True)
    command.practice(no_open=False)
    assert opened == [folders / "practice" / NAMES[0]]
