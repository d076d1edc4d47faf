"""The command neurec itself: its exit status, its one line for a mistake, and how it starts."""

import os
import signal
import subprocess
import sys
import time

import pytest

from neurec_helpers import cli
from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import ROOT


def neurec(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "neurec_helpers", *arguments],
        **{"capture_output": True, "text": True, "timeout": 60} | options,
    )


def test_help_lists_every_command_without_loading_anything_heavy():
    code = (
        "import sys\n"
        "from neurec_helpers.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print([n for n in ('tensorflow', 'keras', 'sklearn') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--help"], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.endswith("[]\n")
    for command in ("lesson", "practice", "doctor", "data", "notebooks", "bench", "calibrate"):
        assert f" {command} " in done.stdout


def test_a_mistake_that_can_be_named_is_one_line_and_status_1():
    done = neurec("data", "show", "/nowhere/ratings.csv")
    assert done.returncode == 1
    assert done.stderr.startswith("neurec: ")
    assert "/nowhere/ratings.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_an_unknown_command_is_a_usage_error():
    done = neurec("lessen")
    assert done.returncode == 2
    assert "lesson" in done.stderr


def test_any_other_error_keeps_its_traceback(monkeypatch):
    def broken(**settings):
        raise KeyError("unforeseen")

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(KeyError):
        cli.main()


def test_a_message_is_printed_as_it_is(monkeypatch, capsys):
    def refuse(**settings):
        raise NeurecError("two\nlines [with brackets]")

    monkeypatch.setattr(cli, "app", refuse)
    with pytest.raises(SystemExit, match="1"):
        cli.main()
    assert capsys.readouterr().err == "neurec: two\nlines [with brackets]\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send to one process")
def test_ctrl_c_says_so_and_ends_with_130():
    code = (
        "import time\n"
        "from neurec_helpers import cli\n"
        "@cli.app.command('wait')\n"
        "def wait():\n"
        "    print('waiting', flush=True)\n"
        "    time.sleep(60)\n"
        "cli.main()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, "wait"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout.readline() == "waiting\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "neurec: stopped.\n"


def test_ctrl_c_that_duckdb_takes_is_one_too(monkeypatch, capsys):
    def interrupted(**settings):
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr(cli, "app", interrupted)
    with pytest.raises(SystemExit, match="130"):
        cli.main()
    assert capsys.readouterr().err == "neurec: stopped.\n"


def test_what_the_encoding_of_a_pipe_lacks_is_written_as_its_number():
    narrow = os.environ | {"PYTHONIOENCODING": "ascii", "NEUREC_LANGUAGE": "ru"}
    done = neurec("data", "show", "shelf", env=narrow)
    assert (done.returncode, done.stderr) == (0, "")
    assert r"\u043e\u0446\u0435\u043d" in done.stdout  # оцен-


@pytest.mark.skipif(sys.platform == "win32", reason="a shell closes the stream")
def test_a_stream_that_is_closed_takes_nothing():
    command = f'"{sys.executable}" -m neurec_helpers data show shelf'
    done = subprocess.run(
        f"{command} >&-", shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_full_disk_below_what_is_said_is_said():
    with open("/dev/full", "w") as full:
        options = {"stdout": full, "stderr": subprocess.PIPE, "capture_output": False}
        done = neurec("data", "show", "shelf", **options)
    assert done.returncode == 1
    assert done.stderr == "neurec: no more can be written: No space left on device.\n"
