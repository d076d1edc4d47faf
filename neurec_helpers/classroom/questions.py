"""`identities.csv`: questions to the teacher about whose a submission is, and the answers."""

import csv
import io
from pathlib import Path

from neurec_helpers.classroom.class_list import read_table
from neurec_helpers.classroom.strangers import cell, shown
from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text

COLUMNS = ("handed in as", "name in it", "why it is asked", "may be", "student")


def read_answers(path):
    """What the teacher has filled in: the last column by the first; empty where there is no file.

    Raises
    ------
    NeurecError
        If the file can't be read.
    """
    path = Path(path)
    if not path.exists():
        return {}
    heads, rows = read_table(path)
    if tuple(heads) != COLUMNS:
        raise NeurecError(
            f"{path} should have the columns {', '.join(COLUMNS)}. Delete it, and it is made anew."
        )
    return {
        row[0]: shown(row[4].removeprefix("'")) for row in rows if len(row) > 4 and row[4].strip()
    }


def write_questions(handed, questions, told, path):
    """Write the questions, and keep the answers that were given."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in handed:
        if each.source in questions or each.source in told:
            why, candidates = questions.get(each.source, ("", []))
            name, answer = each.name or each.receipt, told.get(each.source, "")
            row = (each.source, name, why, "; ".join(candidates), answer)
            writer.writerow([cell(value) for value in row])
    write_text(text.getvalue(), path)
