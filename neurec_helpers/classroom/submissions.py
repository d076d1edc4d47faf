"""What was handed in: an entry of the downloads, and what one student's entries come to."""

import re
from dataclasses import dataclass, field

from neurec_helpers.classroom.preflight import is_sound
from neurec_helpers.language import tr

# What browsers and platforms put behind a name that they have seen before.
COPY = re.compile(r"[ _]?\((\d{1,4})\)$|(?<=\D)-(\d{1,2})$")
# The name of a student's folder or archive may be a login, such as student-2.
ENTRY_COPY = re.compile(r"(?i)[ _]?\((\d{1,4})\)$|(?<=[-_ ]neurec)-(\d{1,2})$")
ENDINGS = re.compile(r"(?i)(\.(ipynb|txt|json|zip|tar|gz|tgz|bz2|xz|7z|rar|html?|pdf|py))+$")


@dataclass
class Handed:
    """One entry of the downloads, which belongs to one student.

    Attributes
    ----------
    source : str
        Its name among the downloads.
    platform, number : str
        "moodle" or "canvas" and that platform's number of the student; empty if it names none.
    name : str
        The student's name, as far as the entry tells; empty if it doesn't.
    label : str
        What stands in place of a name, which may be an id.
    download : str
        The download of a whole class that it came in; empty if it lay there by itself.
    late : bool
    receipt : str
        The name that the student gave to `neurec classroom pack`.
    files : dict of str to list of (int, float, bytes)
        Notebooks: the number as a copy, when it was saved, and its content.
    refused : dict of str to str
        Why something can't be read, by notebook; "*" where nobody knows which notebook it is.
    notes, doubts : list of str
    """

    source: str
    platform: str = ""
    number: str = ""
    name: str = ""
    late: bool = False
    receipt: str = ""
    files: dict = field(default_factory=dict)
    refused: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)
    doubts: list = field(default_factory=list)
    label: str = ""
    download: str = ""


@dataclass
class Submission:
    """What one student handed in.

    Attributes
    ----------
    student : str
        The student's name as far as it is known.
    key : str
        Unique, and safe as the name of a file.
    ids : dict of str to str
        "moodle", "canvas", "email", "id", "login": what the platform and the class list know.
    files : dict of str to bytes
        Notebooks by the name under which they were handed out.
    refused : dict of str to str
        Notebooks that were handed in and can't be read, with the reason; "*" stands for any.
    late : bool
        The learning platform says that something came late.
    days_late : float or None
        How late, where the platform says so.
    notes : list of str
        What was passed over, and why.
    doubts : list of str
        What the teacher should look at.
    undecided : str
        Why it is not known whose it is; then it is not graded. Empty if it is known.
    """

    student: str
    key: str = ""
    ids: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    refused: dict = field(default_factory=dict)
    late: bool = False
    days_late: float | None = None
    notes: list = field(default_factory=list)
    doubts: list = field(default_factory=list)
    undecided: str = ""

    def facts(self):
        """What the tables need of it, in a form that JSON can keep."""
        names = ("student", "key", "ids", "late", "days_late", "doubts", "undecided")
        return {name: getattr(self, name) for name in names}

    def why_missing(self, notebook):
        """Why a notebook that is not among `files` can't be called "not handed in"; or empty."""
        return self.undecided or self.refused.get(notebook) or self.refused.get("*", "")

    def finish(self, result, notebooks):
        """Add to what grading gave what is known from collecting.

        A task whose notebook was handed in and can't be read is not graded; it is no zero.

        Parameters
        ----------
        result : dict
            From `grading.grade`; it is changed.
        notebooks : dict of str to str
            Each task's notebook.

        Returns
        -------
        dict
        """
        for grade in result["grades"]:
            notebook = notebooks[grade["task"]]
            reason = self.why_missing(notebook) if notebook not in self.files else self.undecided
            if reason:
                grade |= {"points": None, "status": "not graded", "reason": reason}
        notes = [*self.notes, *result["notes"]]
        result |= self.facts() | {"notes": notes}
        return result


def copy_number(stem, pattern=COPY):
    """The number of a copy: 2 for ``answers (2)`` and ``answers-2``; 0 for what is no copy."""
    match = pattern.search(stem)
    return int(match[1] or match[2]) if match else 0


def choose(found, notebook, notes, doubts):
    """Of several files for one notebook the one that counts; a damaged one never outdoes another.

    Parameters
    ----------
    found : list of (int, float, bytes)
    notebook : str
    notes : list of str
        Gets a note where they differ.
    doubts : list of str
        Gets a doubt where several that can be read differ.

    Returns
    -------
    bytes
    """
    *_, newest = max(found, key=lambda each: each[:2])
    if all(content == newest for *_, content in found):
        return newest
    notes.append(
        tr(
            "{notebook}.ipynb was handed in more than once; the last one that can be read counts.",
            notebook=notebook,
        )
    )
    sound = [each for each in found if is_sound(each[2])]
    if len({content for *_, content in sound}) > 1:
        doubts.append(
            f"{notebook}.ipynb was handed in more than once, and the files differ: the last one "
            "counts. See whether that is the one the student means."
        )
    return max(sound or found, key=lambda each: each[:2])[2]
