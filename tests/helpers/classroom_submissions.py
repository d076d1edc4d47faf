"""Made submissions to notebooks 01 and 02: honest, strange, broken and hostile ones.

The bombs are bounded, so that a sandbox that leaks fails the test and not the machine; sockets are
tried on loopback only.
"""

import copy
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tests.helpers.task_answers import RIGHT as STYLES
from tests.helpers.task_answers import WRONG

FIRST, SECOND = "01_split", "02_users_and_books"
RIGHT = {
    "5.1": "from sklearn.model_selection import train_test_split\n"
    "train, test = train_test_split(ratings, test_size=0.2, random_state=42)",
    "5.2": "n_books = ratings.book_id.nunique()",
    "5.3": "n_users = ratings.user_id.nunique()",
}
FULL = {"5.1": "correct", "5.2": "correct", "5.3": "correct"}
WRONG_SPLIT = RIGHT["5.1"].replace("test_size=0.2", "test_size=0.25")
SECRET = "the-teachers-own-secret-42"
# One of each kind, for the tests.
SAMPLE = (
    "Correct, Carla",
    "Nobody Yet",
    "Mistake a quarter",
    "Typed, Theo",
    "Syntax, Sid",
    "Killed, Kim",
    "Killer, Kit",
    "Deleted, Dan",
    "Bad Json",
    "Half, Hanna",
    "Fork, Finn",
    "Output, Olga",
    "Patched, Pat",
    "Spy, Spike",
    "Seed, Sven",
    "Net, Nina",
)


@dataclass(frozen=True)
class Case:
    """One submission and what must come of it.

    Attributes
    ----------
    name : str
        The student's name.
    expected : dict of str to str
        Status of each task.
    reason : str
        Words that the reason of some task must hold.
    """

    name: str
    expected: dict
    reason: str = ""


class Maker:
    """Writes submissions into a folder, from the notebooks of a hand-out."""

    def __init__(self, handout, folder, outside, port, only):
        self.handout, self.folder, self.cases = Path(handout), Path(folder), []
        self.outside, self.port, self.only = Path(outside), port, only

    def answered(self, **answers):
        """Both notebooks with every task answered; `answers` by task, as t51="..."."""
        given = {**RIGHT, **{f"{key[1]}.{key[2]}": value for key, value in answers.items()}}
        notebooks = {}
        for name in (FIRST, SECOND):
            nb = nbformat.read(self.handout / "notebooks" / f"{name}.ipynb", as_version=4)
            for cell in nb.cells:
                facts = cell.metadata.get("neurec", {})
                if facts.get("role") == "solution":
                    cell.source = given[facts["task"]]
            notebooks[name] = nb
        return notebooks

    def add(self, name, notebooks, expected, reason=""):
        """Hand in a folder of notebooks; values may be notebooks, text or bytes."""
        if self.only and name not in self.only:
            return
        place = self.folder / name
        place.mkdir()
        for stem, nb in notebooks.items():
            content = nb if isinstance(nb, (str, bytes)) else nbformat.writes(nb)
            content = content.encode() if isinstance(content, str) else content
            (place / f"{stem}.ipynb").write_bytes(content)
        self.cases.append(Case(name, expected, reason))

    def code(self, name, source, expected, reason="", before=True):
        """Hand in right answers with a cell of the student's own in the first notebook."""
        notebooks = self.answered()
        place = 3 if before else len(notebooks[FIRST].cells)
        notebooks[FIRST].cells.insert(place, nbformat.v4.new_code_cell(source, id="own-cell"))
        self.add(name, notebooks, expected, reason)

    def changed(self, name, change, expected, reason=""):
        """Hand in right answers after `change(nb)` of the first notebook."""
        notebooks = self.answered()
        result = change(notebooks[FIRST])
        notebooks[FIRST] = notebooks[FIRST] if result is None else result
        self.add(name, notebooks, expected, reason)


def find(nb, role):
    return next(c for c in nb.cells if c.metadata.get("neurec", {}).get("role") == role)


def put(task, status):
    return {**FULL, task: status}


def make_all(handout, folder, outside, port, only=()):
    """Write all submissions into `folder`; what must come of each, as a list of `Case`.

    Parameters
    ----------
    handout : Path
        The students' folder.
    folder : Path
        New folder for the submissions.
    outside : Path
        A folder that no submission may read or change; it holds `SECRET`.
    port : int
        Of a listener on loopback that nobody may reach.
    only : collection of str
        Names of those wanted; all if there are none.
    """
    made = Maker(handout, folder, outside, port, only)
    honest(made)
    unsound(made)
    hostile(made)
    if not only:
        odd_files(made)
    return made.cases


def honest(made):
    made.add("Correct, Carla", made.answered(), FULL)
    numpy = STYLES["5.1"]["numpy"]
    made.add(
        "Style, Stan",
        made.answered(
            t51="from sklearn.model_selection import train_test_split\n" + numpy,
            t52=STYLES["5.2"]["groupby"],
            t53=STYLES["5.3"]["len of value_counts"],
        ),
        FULL,
    )
    made.add("Nobody Yet", made.answered(t51="train, test = ..., ...", t52="n_books = ...",
             t53="n_users = ..."), dict.fromkeys(FULL, "not attempted"))  # fmt: skip
    split = "from sklearn.model_selection import train_test_split\n"
    for mistake, answers in WRONG["5.1"].items():
        answer = split + answers[-1]["code"]
        made.add(f"Mistake {mistake}", made.answered(t51=answer), put("5.1", "incorrect"))
    made.add(
        "Typed, Theo",
        made.answered(t52="n_books = 10_000", t53="n_users = 53_424"),
        {"5.1": "correct", "5.2": "incorrect", "5.3": "incorrect"},
    )
    made.add("Алиса Ёлкина", made.answered(), FULL)
    made.add("אבי כהן", made.answered(), FULL)
    made.add("Zoë 🙂 Ünal", made.answered(), FULL)
    made.code("Printer, Pia", "print('<script>alert(1)</script>')", FULL)
    for twin in ("Twin, Ann", "Twin, Ben"):
        made.code(
            twin,
            "share_of_fives = (ratings.rating == 5).mean()\n"
            "share_of_ones = (ratings.rating == 1).mean()\n"
            "difference_of_both = share_of_fives - share_of_ones\n"
            "print('my own observation:', difference_of_both)",
            FULL,
        )


def unsound(made):
    """What goes wrong without any bad will."""
    lost = put("5.1", "error")
    made.code("Crash, Chris", "1 / 0", FULL)
    made.add("Syntax, Sid", made.answered(t51="train, test = = 1"), lost, "SyntaxError")
    made.code("Exit, Eve", "import sys\nsys.exit(1)", FULL)
    died = put("5.1", "not graded")
    made.code("Killed, Kim", "import os\nos._exit(1)", died, "Python was ended")
    made.add(
        "Loop, Lou", made.answered(t51="while True:\n    pass"), lost, "did not define `train`"
    )
    made.add("Sleep, Sam", made.answered(t51="import time\ntime.sleep(10_000)"), lost)
    stubborn = "while True:\n    try:\n        while True:\n            pass\n"
    stubborn += "    except BaseException:\n        pass"
    made.code("Stubborn, Stu", stubborn, died, "took more than")
    made.changed("Deleted, Dan", lambda nb: nb.cells.remove(find(nb, "check")), died, "is missing")
    made.changed(
        "Doubled, Dora",
        lambda nb: nb.cells.insert(2, copy.deepcopy(find(nb, "solution"))),
        died,
        "stands there 2 times",
    )
    made.changed("Reordered, Rob", _check_first, died, "its check stands before its answer")
    made.changed("Colab, Cleo", _strip, FULL)
    made.changed("Kernel, Ken", lambda nb: nb.metadata.kernelspec.update(name="julia-1.9"), FULL)
    notebooks = made.answered()
    made.add("Bad Json", {**notebooks, FIRST: '{"cells": ['}, died, "it is not valid JSON")
    made.add("Empty, Emil", {**notebooks, FIRST: ""}, died, "the file is empty")
    old = json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []})
    made.add("Format, Three", {**notebooks, FIRST: old}, died, "version 3")
    made.add("Other, Otto", {**notebooks, FIRST: notebooks[SECOND]}, died, f"this is {SECOND}")
    made.add("Half, Hanna", {SECOND: notebooks[SECOND]}, put("5.1", "not handed in"))
    huge = made.answered()
    huge[FIRST].cells[0].source += " " * 50_000_000
    made.add("Huge, Hugo", huge, died, "more than 20 MB")


def _check_first(nb):
    check = find(nb, "check")
    nb.cells.remove(check)
    nb.cells.insert(1, check)


def _strip(nb):
    for number, cell in enumerate(nb.cells):
        cell.metadata.clear()
        cell["id"] = f"c{number}"


def hostile(made):
    """Each with right answers beside it, unless it tries to get points for wrong ones."""
    bomb = (
        "import os, time\nfor _ in range(400):\n    try:\n        if os.fork() == 0:\n"
        "            time.sleep(60)\n            os._exit(0)\n    except OSError:\n        break"
    )
    made.code("Fork, Finn", bomb, FULL)
    made.code("Memory, Mo", "kept = [bytearray(10**8) for _ in range(60)]", FULL)
    made.code("Output, Olga", "for _ in range(1000):\n    print('x' * 10**6)", FULL)
    made.code("File, Fay", "with open('big', 'wb') as f:\n    f.write(bytes(10**9))", FULL)
    made.code(
        "Files, Fred",
        "for k in range(10):\n    with open(f'/tmp/{k}', 'wb') as f:\n        f.write(bytes(10**8))",
        FULL,
    )
    cheat = made.answered(t51=WRONG_SPLIT)
    find(cheat[FIRST], "check").source = "print('Task 5.1: correct.')"
    made.add("Tampered, Tom", cheat, put("5.1", "incorrect"))
    patches = {
        "Patched, Pat": "nr.check = lambda *a: 'Task 5.1: correct.'",
        "Patched deep, Pam": "import neurec_helpers.tasks.checks as c\n"
        "import neurec_helpers.classroom.verdicts as v\n"
        "c.check = v.require_correct = lambda *a: None\n"
        "import sys\nsys.modules['neurec_helpers.classroom.verdicts'] = v\n"
        "from neurec_helpers.tasks import TASKS\nTASKS.clear()",
    }
    for name, patch in patches.items():
        notebooks = made.answered(t51=WRONG_SPLIT + "\n" + patch)
        made.add(name, notebooks, put("5.1", "incorrect"))
    greedy = made.answered(t51=WRONG_SPLIT)
    find(greedy[FIRST], "check").metadata.nbgrader.points = 100
    made.add("Points, Pete", greedy, put("5.1", "incorrect"))
    look = (
        "import os\nfound = []\nfor place in ({places}):\n"
        "    for folder, folders, files in os.walk(place):\n"
        "        folders[:] = [name for name in folders if name != 'site-packages']\n"
        "        for name in files:\n            try:\n"
        "                path = os.path.join(folder, name)\n"
        "                found += [path] * ('{secret}'[::-1] in open(path).read())\n"
        "            except (OSError, ValueError):\n                pass\n"
        "assert not found, found"
    )
    places = f"{str(made.outside)!r}, {str(made.folder)!r}, '/home', '/etc', '/submission', '/var'"
    spy = look.format(places=places, secret=SECRET[::-1])
    made.add("Spy, Spike", made.answered(t51=f"{spy}\n{RIGHT['5.1']}"), FULL)
    seed = (
        "import pathlib, os\nhidden = pathlib.Path(os.environ['NEUREC_DATASET']).parent\n"
        "assert sorted(p.name for p in hidden.iterdir()) == ['books.csv', 'ratings.csv.gz']\n"
        "assert {p.name for p in hidden.parent.iterdir() if p.name[0] != '.'} == {'data', 'notebooks'}\n"
        "assert nr.noise_floor() is None"
    )
    made.add("Seed, Sven", made.answered(t51=f"{seed}\n{RIGHT['5.1']}"), FULL)
    net = (
        "import socket\ntry:\n"
        f"    socket.create_connection(('127.0.0.1', {made.port}), 2).sendall(b'hello')\n"
        "except OSError:\n    pass"
    )
    made.code("Net, Nina", net, FULL)
    write = (
        "import pathlib\nfor place in ({places}):\n    try:\n"
        "        pathlib.Path(place, 'pwned').write_text('x')\n    except OSError:\n        pass"
    )
    made.code("Writer, Walt", write.format(places=f"{places}, '/usr', '/tmp'"), FULL)
    delete = (
        f"import shutil\nfor place in ({places}):\n    shutil.rmtree(place, ignore_errors=True)"
    )
    made.code("Deleter, Del", delete, FULL)
    kill = "import os, signal\nfor pid in range(2, 400):\n    try:\n"
    kill += "        if pid != os.getpid():\n            os.kill(pid, signal.SIGKILL)\n"
    kill += "    except OSError:\n        pass"
    made.code("Killer, Kit", kill, put("5.1", "not graded"), "ended at once")


def odd_files(made):
    """Names and packings that learning platforms and students come up with."""
    right = {name: nbformat.writes(nb).encode() for name, nb in made.answered().items()}
    wrong = {
        name: nbformat.writes(nb).encode()
        for name, nb in made.answered(t51=WRONG_SPLIT, t52="n_books = 1", t53="n_users = 1").items()
    }
    for name in (FIRST, SECOND):
        (made.folder / f"lovelaceada_LATE_123_456_{name}.ipynb").write_bytes(wrong[name])
        (made.folder / f"lovelaceada_LATE_123_457_{name}-1.ipynb").write_bytes(right[name])
        (made.folder / f"MILLER-{name} (1).ipynb").write_bytes(right[name])
    made.cases += [Case("lovelaceada", FULL), Case("MILLER", FULL)]
    moodle = made.folder / "Grace Hopper_98765_assignsubmission_file_"
    (moodle / "deep" / "deeper").mkdir(parents=True)
    (moodle / "deep" / "deeper" / "all.zip").write_bytes(_zip(right))
    made.cases.append(Case("Grace Hopper", FULL))
    (made.folder / "Ivan-Petrov-neurec.zip").write_bytes(
        _zip({**right, "handed-in": b""}, receipt={"name": "Иван Петров"})
    )
    made.cases.append(Case("Иван Петров", FULL))
    odd = {"<img src=x onerror=alert(1)>": right, "$(touch pwned); `touch pwned`": right}
    for name, files in odd.items():
        place = made.folder / name
        place.mkdir()
        for stem, content in files.items():
            (place / f"{stem}.ipynb").write_bytes(content)
        made.cases.append(Case(name, FULL))
    unread = dict.fromkeys(FULL, "not graded")
    link = made.folder / "Link, Liz"
    link.mkdir()
    for name in (FIRST, SECOND):
        (link / f"{name}.ipynb").symlink_to(made.outside / "secret.txt")
    made.cases.append(Case("Link, Liz", unread))
    (made.folder / "Slip, Sue.zip").write_bytes(
        _zip({f"../../{name}": content for name, content in right.items()})
    )
    made.cases.append(Case("Slip, Sue", unread))
    (made.folder / "Zip, Zac.zip").write_bytes(_zip({FIRST: bytes(300_000_000)}))
    made.cases.append(
        Case("Zip, Zac", {**dict.fromkeys(FULL, "not handed in"), "5.1": "not graded"})
    )
    (made.folder / "Torn, Tess.zip").write_bytes(_zip(right)[:-200])
    made.cases.append(Case("Torn, Tess", unread))


def _zip(files, receipt=None):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if content:
                archive.writestr(f"{name}.ipynb", content)
        if receipt:
            archive.writestr("handed-in.json", json.dumps(receipt))
    return buffer.getvalue()
