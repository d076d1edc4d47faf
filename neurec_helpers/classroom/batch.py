"""Grade a folder of submissions: the reference first, then each alone, several at once.

What is graded is kept at once, so a batch that was stopped goes on where it was.
"""

import contextlib
import hashlib
import json
import queue
import shutil
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from neurec_helpers.classroom import course, preflight
from neurec_helpers.classroom.collect import collect
from neurec_helpers.classroom.hidden import make_hidden
from neurec_helpers.classroom.record import not_graded, result_of
from neurec_helpers.classroom.sandbox import Limits, closing, end_all
from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.language import tr
from neurec_helpers.notebook import files as notebook_files

RESULTS = "results"
EXECUTED = "executed"


@dataclass(frozen=True)
class Job:
    """One submission and all that grading it takes; see `grading.grade`."""

    student: str
    files: dict
    executed: Path
    graded: list
    course: Path
    data: Path
    limits: object
    sandboxed: bool

    def keep(self, name, nb):
        """Keep a notebook as it ran."""
        notebook_files.write_notebook(nb, self.executed / f"{name}.ipynb")


def grade_folder(
    folder,
    course_folder,
    out,
    *,
    roster=None,
    only=(),
    jobs=1,
    limits=None,
    sandboxed=True,
    watch=None,
):
    """Grade what a class has handed in.

    Parameters
    ----------
    folder : Path
        Downloads, as `collect.collect` takes them.
    course_folder : Path
        From `handout.build`.
    out : Path
        Where results go; those that are there already are not graded again.
    roster : Path, optional
        Class list, a CSV file.
    only : collection of str
        Keys or names of students who are graded again, whatever is kept.
    jobs : int
        How many at once.
    limits : sandbox.Limits, optional
    sandboxed : bool
    watch : callable, optional
        Called with (number done, number of all, student) after each.

    Returns
    -------
    list of dict
        One for each student, by name: what `submissions.Submission.facts` and `record.result_of`
        give.

    Raises
    ------
    NeurecError
        If the course folder is none, the folder holds nothing, or the reference solution does not
        get full marks here.
    """
    limits, watch = limits or Limits(), watch or (lambda *_: None)
    graded = read_graded(course_folder)
    names = preflight.notebook_names(graded)
    submissions = collect(
        folder, preflight.first_checks(graded), roster, Path(out) / "identities.csv"
    )
    unknown = set(only) - {name for each in submissions for name in (each.key, each.student)}
    if unknown:
        raise NeurecError(f"nobody called {', '.join(sorted(unknown))} has handed in anything.")
    data = make_hidden(out)
    facts = graded, Path(course_folder), data, limits, sandboxed
    require_canary(Path(out), names, facts)

    notebooks = {item.task: item.notebook for item in graded}
    results, todo = {}, {}
    for submission in submissions:
        key = submission.key
        files = {} if submission.undecided else submission.files
        job = Job(submission.student, files, Path(out) / EXECUTED / key, *facts)
        again = {key, submission.student} & set(only)
        results[key] = None if again else load_result(out, key, job)
        if results[key] is None:
            todo[key] = job
    _forget_notebooks(Path(out) / EXECUTED, {".reference", *results} - set(todo))
    done = len(results) - len(todo)
    watch(done, len(results), "")
    for key, result in run_jobs(todo, jobs):
        # What broke off here may do so no more another time.
        if not result.get("broken"):
            save_result(out, key, todo[key], result)
        results[key] = result
        done += 1
        watch(done, len(results), todo[key].student)
    return [each.finish(results[each.key], notebooks) for each in submissions]


def _forget_notebooks(executed, kept):
    """Remove the notebooks as they ran of all but these keys: others are run anew, or are gone."""
    for folder in executed.glob("*"):
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def read_graded(course_folder):
    """What a course's hand-out says is graded: a list of `preflight.Graded`."""
    return _handout_of(course_folder)["tasks"]


def read_language(course_folder):
    """The language of a course's hand-out, in which its students are told what came of it.

    Raises
    ------
    NeurecError
        As `read_graded` does, if the folder is not a course folder of `neurec classroom build`.
    """
    return _handout_of(course_folder)["language"]


def _handout_of(course_folder):
    from neurec_helpers.classroom.handout import NAME

    folder = Path(course_folder)
    if not (folder / "gradebook.db").is_file():
        raise NeurecError(
            f"{folder} is not a course folder: it holds no gradebook.db. Make one with: neurec "
            "classroom build"
        )
    return preflight.read_handout(folder.parent / NAME)


def require_canary(out, names, facts):
    """Grade the reference solution, which must get full marks.

    Raises
    ------
    NeurecError
        If it does not: then the set-up is at fault, and no student should pay for that.
    """
    _, course_folder, *_ = facts
    source = course_folder / "source" / course.ASSIGNMENT
    files = {name: (source / f"{name}.ipynb").read_bytes() for name in names}
    job = Job("the reference solution", files, out / EXECUTED / ".reference", *facts)
    result = load_result(out, ".reference", job)
    if result is None:
        ((_, result),) = run_jobs({".reference": job}, 1)
        save_result(out, ".reference", job, result)
    lost = [grade for grade in result["grades"] if grade["points"] != grade["maximum"]]
    if lost:
        (out / RESULTS / ".reference.json").unlink(missing_ok=True)
        lines = [f"task {each['task']}: {each['status']}. {each['reason']}" for each in lost]
        raise NeurecError(
            "\n  ".join(
                [
                    "nothing was graded, because the reference solution does not get full marks "
                    "here. Something is wrong with the set-up:",
                    *lines,
                    *result["notes"],
                ]
            )
        )


def run_jobs(todo, jobs):
    """Yield (key, result) of each job as soon as it is graded; `jobs` of them run at once."""
    if not todo:
        return
    workers = queue.SimpleQueue()
    for place in range(jobs):
        workers.put(Worker(place))
    waiting = list(todo.items())
    with ended_by_sigterm():
        pool, running = ThreadPoolExecutor(jobs), {}
        try:
            while running or waiting:
                while waiting and len(running) < jobs:
                    key, job = waiting.pop(0)
                    running[pool.submit(_grade, job, workers)] = key
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield running.pop(future), future.result()
        finally:
            with closing():
                pool.shutdown(cancel_futures=True)


class Worker:
    """One of those that grade side by side: its place, and its judge."""

    def __init__(self, place):
        self.place, self.judge, self.judge_of = place, None, None

    def grade(self, job):
        """Grade a submission; see `grading.grade`."""
        from neurec_helpers.classroom.grading import grade
        from neurec_helpers.classroom.session import Judge

        facts = job.data, job.limits, job.sandboxed
        if self.judge_of != facts:
            self.judge, self.judge_of = Judge(*facts, self.place), facts
        return grade(
            job.files,
            job.graded,
            job.data,
            job.limits,
            self.judge,
            sandboxed=job.sandboxed,
            place=self.place,
            keep=job.keep,
        )


@contextlib.contextmanager
def ended_by_sigterm():
    """Let SIGTERM end the batch as Ctrl-C does, so that no sandbox outlives it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_):
        end_all()
        raise SystemExit(143)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _grade(job, workers):
    """Grade; whatever goes wrong is a result too, and stops nobody else's."""
    worker = workers.get()
    try:
        return worker.grade(job)
    except Exception as error:  # noqa: BLE001 - one submission must never stop the others
        error = f"{type(error).__name__}: {error}"
        reason = tr("grading broke off here, through no fault of the answer ({error})", error=error)
        result = result_of([not_graded(item, reason) for item in job.graded])
        return {**result, "broken": True}
    finally:
        workers.put(worker)


def fingerprint(job):
    """Hash of all that a grade comes from; not of the gradebook, into which grades are written."""
    digest = hashlib.sha256()
    for name in sorted(job.files):
        digest.update(name.encode() + b"\0" + job.files[name])
    digest.update(repr((job.graded, job.limits, job.sandboxed)).encode())
    sources = sorted((job.course / "source" / course.ASSIGNMENT).glob("*.ipynb"))
    for path in sources:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def load_result(out, key, job):
    """The result of an earlier run, or None if there is none for these very files."""
    try:
        result = json.loads((Path(out) / RESULTS / f"{key}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return result["result"] if result.get("fingerprint") == fingerprint(job) else None


def save_result(out, key, job, result):
    """Keep a result."""
    text = json.dumps({"fingerprint": fingerprint(job), "result": result}, ensure_ascii=False)
    write_text(text + "\n", Path(out) / RESULTS / f"{key}.json")
