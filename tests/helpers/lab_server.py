"""Start JupyterLab as a student would, in folders of its own, and stop it with its kernels."""

import contextlib
import json
import subprocess
import sys
import time

import psutil

from neurec_helpers.regression.environment import standard_environment

START_SECONDS = 120
STOP_SECONDS = 20


@contextlib.contextmanager
def running_lab(root, private, *options, **environment):
    """Run JupyterLab on loopback.

    Parameters
    ----------
    root : pathlib.Path
        The folder that it shows.
    private : pathlib.Path
        A folder for its settings, so that neither the user's are read nor changed.
    *options : str
        More options of the command.
    **environment : str
        More variables for the server and its kernels.

    Yields
    ------
    dict
        What the server says of itself: url, port, token and so on.
    """
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    folders += ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    variables = {name: str(private / name.lower()) for name in folders} | environment
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1"]
    command += ["--allow-root", f"--ServerApp.root_dir={root}", *options]
    log = private / "server.log"
    with log.open("w") as file:
        server = subprocess.Popen(
            command, env=standard_environment(**variables), stdout=file, stderr=file
        )
        try:
            yield _facts(server, private / "jupyter_runtime_dir", log)
        finally:
            _stop(server)


def _facts(server, folder, log):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        for path in folder.glob("jpserver-*.json"):
            with contextlib.suppress(ValueError):  # it may be half written
                return json.loads(path.read_text())
        time.sleep(0.2)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()}")


def _stop(server):
    try:
        family = psutil.Process(server.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    _, left = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for process in left:
        process.kill()
