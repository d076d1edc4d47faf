"""All made attempts and all mistakes of the catalogue through the whole border, as a table.

::

    python -m tests.helpers.grading_cases           # all of them; takes some minutes
    python -m tests.helpers.grading_cases network   # those whose name or kind holds this
"""

import sys
import tempfile
from pathlib import Path

from neurec_helpers.classroom import grading, sandbox, session
from neurec_helpers.classroom.hidden import make_hidden
from tests.helpers.attempts_odd import ATTEMPTS
from tests.helpers.classroom_lesson import expected_of, notebook_of, rounds

LIMITS = sandbox.Limits(cell_seconds=15, seconds=60, call_seconds=5)
MOST_MISTAKES = 30  # of one task


def attempt_rows(run, word):
    """Yield (name, expected, got, whether it is right) of each attempt."""
    for attempt in ATTEMPTS:
        if word not in (attempt.kind, "") and word not in attempt.name:
            continue
        _, verdicts, ended = run(attempt.cells)
        got = verdicts.get(attempt.task, {"status": "not graded", "reason": ended})
        told = grading.attempts_in([source for source, _ in attempt.cells], verdicts, ended)
        right = got["status"] in attempt.expected and attempt.told in " ".join(told)
        line = f"{got['status']} ({got['reason'] or ended})" + "".join(f" [{t}]" for t in told)
        yield f"{attempt.kind}: {attempt.name}", " or ".join(attempt.expected), line, right


def mistake_rows(run, word):
    """The same of each catalogued mistake, and of a right answer, of each task."""
    for number in range(MOST_MISTAKES):
        answers = rounds(number)
        if word or (number and not any(mistake for mistake, _ in answers.values())):
            return
        if number:
            answers = {task: answer for task, answer in answers.items() if answer[0]}
        _, verdicts, ended = run(notebook_of(answers))
        for task, (mistake, _) in answers.items():
            verdict = verdicts.get(task, {"status": "not graded", "mistake": ended})
            got = verdict["status"], verdict["mistake"]
            yield task, " ".join(expected_of(mistake)), " ".join(got), got == expected_of(mistake)


def main(word=""):
    """Print the table; the exit status says whether all came out as expected."""
    wrong = total = 0
    with tempfile.TemporaryDirectory() as folder:
        data = make_hidden(Path(folder))
        judge = session.Judge(data, LIMITS)
        with session.Session(data, LIMITS, judge) as made:
            for rows in (attempt_rows, mistake_rows):
                for name, expected, got, right in rows(made.run, word):
                    total, wrong = total + 1, wrong + (not right)
                    print(f"{'ok ' if right else 'BAD'} | {name} | {expected} | {got}", flush=True)
        judge.end()
    print(f"{total} cases, {wrong} otherwise than expected")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(*sys.argv[1:2])))
