"""nr.setup(): quiet, repeatable, honest about what it could not do. Real processes and kernels."""

import json
import os
import subprocess
import sys
import textwrap
import tomllib
from types import SimpleNamespace

import nbclient
import nbformat
import pytest

from neurec_helpers import gpu, startup
from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import ROOT

# What a user's shell may hold and what would decide a test.
FOREIGN = ("TF_", "XLA_", "NEUREC_", "KERAS_", "CUDA_", "CONDA_", "TENSORFLOW_")

# The lesson's network on made ratings, with the notebooks' batches: sums over a whole batch are
# where threads would change the order. Gives a hash of all weights, bit for bit.
TRAIN = """
import hashlib
import keras
import numpy as np
from keras import layers

def train():
    made = np.random.default_rng(0)
    users, books = made.integers(1, 500, 60_000), made.integers(1, 200, 60_000)
    ratings = made.integers(1, 6, 60_000).astype("float32")
    user, book = layers.Input(shape=[1]), layers.Input(shape=[1])
    x = layers.Concatenate()([
        layers.Flatten()(layers.Embedding(201, 5)(book)),
        layers.Flatten()(layers.Embedding(501, 5)(user)),
    ])
    for width in (128, 32):
        x = layers.Dense(width, activation="relu")(x)
    model = keras.Model([user, book], layers.Dense(1)(x))
    model.compile("adam", "mse")
    model.fit([users, books], ratings, batch_size=4096, epochs=1, verbose=0)
    return hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights())).hexdigest()
"""


def run(code, folder=None, check=True, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=folder,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=check,
        timeout=120,
    )


def lines(code, **environment):
    return run(code, **environment).stdout.splitlines()


@pytest.fixture(scope="module")
def one_thread():
    """Hashes of four trainings in one process, after setup() thrice and setup(43)."""
    return lines(
        "import neurec_helpers as nr\n"
        "nr.setup()\n"
        + TRAIN
        + "print(train())\n"
        + "nr.setup(); print(train())\n"
        + "nr.setup(43); print(train())\n",
        NEUREC_THREADS="1",
    )


def test_set_up_again_repeats_and_another_seed_differs(one_thread):
    first, again, other = one_thread
    assert first == again
    assert first != other


def test_weights_are_the_same_to_the_bit_in_other_processes_and_on_two_threads(one_thread):
    code = "import neurec_helpers as nr\nnr.setup()\n" + TRAIN + "print(train())"
    assert lines(code, NEUREC_THREADS="2") == one_thread[:1]
    # A shell that asks for oneDNN does not change the numbers.
    assert lines(code, TF_ENABLE_ONEDNN_OPTS="1") == one_thread[:1]


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.uname().machine != "x86_64",
    reason="oneDNN replaces TensorFlow's own arithmetic on Linux with an x86-64 processor",
)
def test_without_the_switches_weights_differ_by_machine(one_thread):
    bare = TRAIN + "keras.utils.set_random_seed(42); print(train())"
    with_onednn = lines(bare, TF_ENABLE_ONEDNN_OPTS="1")
    without_onednn = lines(bare, TF_ENABLE_ONEDNN_OPTS="0")
    assert with_onednn != without_onednn
    assert with_onednn != one_thread[:1]


def test_nothing_is_said_but_the_report():
    done = run("""
        import neurec_helpers as nr
        print(nr.setup())
        import keras, numpy
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(numpy.ones((8, 1)), numpy.ones(8), verbose=0)
    """)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1
    assert done.stdout.startswith("Ready: TensorFlow ")
    assert done.stdout.endswith(". Seed 42; results repeat to the bit.\n")


def test_without_set_up_tensorflow_is_noisy():
    """Or else the test above would prove nothing."""
    assert run("import tensorflow").stderr


def test_what_is_held_back_is_shown_after_all_if_the_import_fails(tmp_path):
    (tmp_path / "tensorflow.py").write_text(
        "import os\nos.write(2, b'reason from below\\n')\nraise ImportError('broken')\n"
    )
    code = "import neurec_helpers as nr\nnr.setup()"
    done = run(code, check=False, PYTHONPATH=str(tmp_path))
    assert "reason from below" in done.stderr
    assert "ImportError: broken" in done.stderr


def test_seed_and_threads_come_from_the_environment_or_the_call():
    found = lines(
        "import neurec_helpers as nr\n"
        "for s in (nr.setup(), nr.setup(seed=5, threads=1)): print(s.seed, s.threads, s.remarks)",
        NEUREC_SEED="7",
        NEUREC_THREADS="2",
    )
    assert found == ["7 2 ()", "5 1 ()"]


def test_other_threads_after_the_first_operation_are_refused_and_said():
    found = lines("""
        import neurec_helpers as nr
        nr.setup(threads=1)
        import tensorflow as tf
        tf.ones(3) + 1
        again = nr.setup(threads=2)
        print(again.threads)
        print(again)
        print(nr.setup(threads=1).remarks)
    """)
    assert found[0] == "1"
    assert found[2] == (
        "! TensorFlow already runs with threads=1: to have threads=2, restart the kernel and run "
        "the set-up cell first."
    )
    assert found[3] == "()"


def test_tensorflow_imported_first_is_said_each_time():
    found = lines("""
        import tensorflow
        import neurec_helpers as nr
        for _ in range(2):
            report = nr.setup()
            print(report.reproducible)
            print(report)
    """)
    assert found[:3] == found[3:]
    assert found[0] == "False"
    assert found[1].endswith("Seed 42; results may differ.")
    assert found[2].startswith("! TensorFlow was imported before set-up")
    assert "restart the kernel and run the set-up cell first" in found[2]


def test_tensorflow_imported_first_with_the_right_switches_is_fine():
    code = "import tensorflow\nimport neurec_helpers as nr\nprint(nr.setup().reproducible)"
    assert lines(code, **startup.SWITCHES) == ["True"]


@pytest.mark.parametrize("given", ["abc", "-1", "1.5", str(2**32), "1e3"])
def test_a_seed_that_is_none_is_refused(monkeypatch, given):
    monkeypatch.setenv("NEUREC_SEED", given)
    with pytest.raises(NeurecError, match="NEUREC_SEED is .* whole number from 0 to 4294967295"):
        startup.setup()


@pytest.mark.parametrize("given", [0, -1, True, 2.5, "many", [1], None])
def test_threads_that_are_none_are_refused(monkeypatch, given):
    if given is None:
        monkeypatch.setenv("NEUREC_THREADS", "0")
    with pytest.raises(NeurecError, match="(threads|NEUREC_THREADS) is .* from 1 to 1024"):
        startup.setup(threads=given)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, None),
        ({"CONDA_PREFIX": "/opt/conda"}, "--xla_gpu_cuda_data_dir=/opt/conda"),
        ({"CONDA_PREFIX": "/my conda"}, '--xla_gpu_cuda_data_dir="/my conda"'),
        (
            {"CONDA_PREFIX": "/opt/conda", "XLA_FLAGS": "--xla_gpu_cuda_data_dir=/mine"},
            "--xla_gpu_cuda_data_dir=/mine",
        ),
        (
            {"CONDA_PREFIX": "/opt/conda", "XLA_FLAGS": "--xla_dump_to=/tmp/x"},
            "--xla_dump_to=/tmp/x --xla_gpu_cuda_data_dir=/opt/conda",
        ),
    ],
)
def test_under_conda_xla_finds_cuda(monkeypatch, given, wanted):
    environment = {}
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    environment.update(given)
    assert startup._set_environment([])
    assert environment.get("XLA_FLAGS") == wanted


@pytest.mark.parametrize("works", [True, False])
def test_intels_extension_is_used_where_it_is_and_works(tmp_path, works):
    package = tmp_path / "sklearnex"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import sys\n"
        "def patch_sklearn(verbose=True):\n"
        "    print('patched', verbose, 'sklearn' in sys.modules)\n"
        if works
        else "raise ImportError('no such library')\n"
    )
    code = "import neurec_helpers as nr\nprint(nr.setup())"
    done = run(code, PYTHONPATH=str(tmp_path))
    assert done.stderr == ""
    if works:
        assert done.stdout.startswith("patched False False\nReady")
        assert "!" not in done.stdout
    else:
        assert "! Intel's extension of scikit-learn does not load (no such library)" in done.stdout
        assert "pip uninstall scikit-learn-intelex" in done.stdout


@pytest.mark.parametrize(
    ("hidden", "platform", "installed", "words"),
    [
        ("-1", "linux", None, "CUDA_VISIBLE_DEVICES='-1' hides it"),
        (None, "win32", None, "WSL 2"),
        (None, "linux", None, "make gpu"),
        (None, "linux", "9.1", "TF_CPP_MIN_LOG_LEVEL=0"),
    ],
)
def test_a_gpu_that_stands_unused_is_explained(monkeypatch, hidden, platform, installed, words):
    monkeypatch.setattr(gpu, "nvidia_gpu", lambda: "NVIDIA GeForce RTX 4060")
    monkeypatch.setattr(gpu, "installed_version", lambda start: installed)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if hidden:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    why = str(gpu.unused_gpu())
    assert why.startswith("NVIDIA GeForce RTX 4060 stands unused: ")
    assert words in why


def test_no_gpu_no_words(monkeypatch):
    monkeypatch.setattr(gpu, "nvidia_gpu", lambda: None)
    assert gpu.unused_gpu() is None


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for nvidia-smi is a shell script")
def test_the_gpu_is_found_by_nvidia_smi(monkeypatch, tmp_path):
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'NVIDIA Test 1'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(gpu, "DRIVER", tmp_path / "none")
    assert gpu.nvidia_gpu() == "NVIDIA Test 1"
    program.write_text("#!/bin/sh\necho 'no driver'; exit 9\n")
    assert gpu.nvidia_gpu() is None


def test_import_is_quick_and_changes_nothing():
    found = lines("""
        import random, sys, time
        import matplotlib, numpy
        before = dict(matplotlib.rcParams), numpy.random.get_state()[1].tolist(), random.getstate()
        start = time.perf_counter()
        import neurec_helpers
        print(time.perf_counter() - start)
        after = dict(matplotlib.rcParams), numpy.random.get_state()[1].tolist(), random.getstate()
        print(before == after)
    """)
    assert float(found[0]) < 0.1
    assert found[1] == "True"


def test_import_loads_nothing_heavy():
    found = lines("""
        import sys
        import neurec_helpers
        print([n for n in ("tensorflow", "keras", "numpy", "pandas", "matplotlib", "sklearn")
               if n in sys.modules])
    """)
    assert found == ["[]"]


def test_set_up_sets_the_style_of_plots_and_leaves_the_working_directory(tmp_path):
    code = """
        import os
        import neurec_helpers as nr
        nr.setup()
        import matplotlib
        print(matplotlib.rcParams["figure.facecolor"], matplotlib.rcParams["savefig.facecolor"])
        print(len(matplotlib.rcParams["axes.prop_cycle"]), os.getcwd())
    """
    found = run(code, folder=tmp_path).stdout.splitlines()
    assert found == ["white white", f"6 {os.path.realpath(tmp_path)}"]


@pytest.fixture(scope="module")
def kernel_cells(tmp_path_factory):
    """Cells run in one real kernel, with their outputs."""
    sources = [
        "import neurec_helpers as nr\nnr.setup()",
        "nr.check('5.1', train)",
        "len(tarin)",
        "def rows():\n    return tset\nnr.check('5.1', rows())",
        "import keras, numpy\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"
        "model.compile('adam', 'mse')\n"
        "model.fit(numpy.ones((8, 1)), numpy.ones(8), verbose=0);",
        "raise nr.NeurecError('one line')",
    ]
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    folder = str(tmp_path_factory.mktemp("elsewhere"))
    resources = {"metadata": {"path": folder}}
    nbclient.NotebookClient(book, timeout=120, allow_errors=True, resources=resources).execute()
    return json.loads(nbformat.writes(book))["cells"]


def test_in_a_kernel_set_up_leaves_one_line(kernel_cells):
    (output,) = kernel_cells[0]["outputs"]
    text = "".join(output["data"]["text/plain"])
    assert text.startswith("Ready: TensorFlow")
    assert "\n" not in text
    assert kernel_cells[4]["outputs"] == []


def test_in_a_kernel_a_check_before_its_cell_is_one_line_and_fails(kernel_cells):
    (output,) = kernel_cells[1]["outputs"]
    assert output["output_type"] == "error"
    assert output["ename"] == "NameError"
    assert output["traceback"] == [
        "Task 5.1: uncheckable. `train` is not defined yet: run the cell above first."
    ]


@pytest.mark.parametrize("cell", [2, 3])
def test_in_a_kernel_other_name_errors_show_as_usual(kernel_cells, cell):
    (output,) = kernel_cells[cell]["outputs"]
    assert output["ename"] == "NameError"
    assert "Traceback" in "".join(output["traceback"])


def test_in_a_kernel_neurecs_own_error_is_one_line(kernel_cells):
    (output,) = kernel_cells[5]["outputs"]
    assert output["traceback"] == ["neurec: one line"]


def test_a_version_that_is_too_old_is_named_with_what_it_breaks():
    old, new = SimpleNamespace(__version__="3.13.2"), SimpleNamespace(__version__="3.14.0")
    ((name, version, lowest, breaks),) = startup.outdated(keras=old)
    assert (name, version, lowest) == ("keras", "3.13.2", "3.14")
    assert "learns nothing" in str(breaks)
    assert startup.outdated(keras=new) == []


def test_setup_asks_for_the_versions_that_pyproject_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, ((major, minor), _) in startup.OLDEST.items():
        assert f"{name}>={major}.{minor}" in project["dependencies"]


def test_the_device_is_named_for_what_it_is(monkeypatch):
    def details(gpu):
        return {"device_name": gpu} if gpu else {}

    config = SimpleNamespace(experimental=SimpleNamespace(get_device_details=details))
    tf = SimpleNamespace(config=config)
    for cores, said in ((1, "CPU with 1 core"), (2, "CPU with 2 cores")):
        monkeypatch.setattr(gpu, "count_cores", lambda cores=cores: cores)
        assert str(gpu.name_device(tf, [])) == said
    assert gpu.name_device(tf, ["Tesla T4", ""]) == "Tesla T4 and a GPU"
