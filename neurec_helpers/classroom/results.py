"""What a graded class comes to: tables, files for the platforms' gradebooks, and pages."""

from neurec_helpers.classroom import course, executed, gradebooks, likeness, marking, tables
from neurec_helpers.classroom.feedback import feedback_page
from neurec_helpers.classroom.report import report_page
from neurec_helpers.files import write_text


def write_all(results, out, *, rules=None, roster=None, course_folder=None, column=None):
    """Write all that comes of a batch.

    ``grades.csv`` (one row a student), ``tasks.csv`` (one row a task), ``report.html``,
    ``feedback/KEY.html`` for each student, pages of the notebooks as they ran, and where the
    platform's numbers are known ``moodle.csv`` and ``canvas.csv``.

    Parameters
    ----------
    results : list of dict
        From `batch.grade_folder`.
    out : Path
    rules : marking.Rules, optional
    roster : Path, optional
        The class list; a platform's own is filled in.
    course_folder : Path, optional
        Where the hand-out's and the reference's notebooks are, for finding who wrote alike.
    column : str, optional
        Name of the assignment in Canvas.

    Returns
    -------
    results : list of dict
        With the teacher's decisions; see `marking.apply`.
    paths : dict of str to Path
        What was written, by what it is.
    """
    results = [_whole(result) for result in results]
    results, problems = marking.apply(results, rules or marking.Rules())
    texts = {
        "grades.csv": tables.grades_csv(results),
        "tasks.csv": tables.tasks_csv(results),
        "moodle.csv": gradebooks.moodle_csv(results, roster),
        "canvas.csv": gradebooks.canvas_csv(results, roster, column or course.ASSIGNMENT),
    }
    pages = {}
    for result in results:
        made = executed.write_pages(out / "executed", result["key"], result["student"])
        pages[result["key"]] = [path.relative_to(out).as_posix() for path in made]
        write_text(feedback_page(result), out / "feedback" / f"{result['key']}.html")
    known = []
    if course_folder:
        known = [course_folder / part / course.ASSIGNMENT for part in ("release", "source")]
    pairs = likeness.find_alike(results, out / "executed", known)
    texts["report.html"] = report_page(results, problems=problems, pairs=pairs, executed=pages)
    for name, content in texts.items():
        if content is None:
            (out / name).unlink(missing_ok=True)
        else:
            write_text(content, out / name)
    return results, {name: out / name for name, content in texts.items() if content is not None}


def _whole(result):
    """A result with every fact that the tables ask for."""
    empty = {"key": result["student"], "ids": {}, "late": False, "days_late": None}
    return {**empty, "doubts": [], "undecided": "", "notes": [], **result}
