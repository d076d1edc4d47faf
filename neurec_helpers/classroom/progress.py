"""How far grading is, and where the time went, in words."""

import time

from neurec_helpers.classroom.strangers import shown

PARTS = {
    "start": "to start Python and TensorFlow",
    "cells": "in its cells",
    "judge": "in the judge",
}


class Watch:
    """Says after each submission how far the batch is and how long the rest will take."""

    def __init__(self, console, jobs):
        self.console, self.jobs, self.began, self.first = console, jobs, time.monotonic(), None

    def __call__(self, done, of, student):
        """Say that `student` is graded."""
        if self.first is None:
            self.first, self.began = done, time.monotonic()
            kept = f", {done} of them graded before" if done else ""
            self._say(f"{of} submissions{kept}.")
            return
        each = (time.monotonic() - self.began) / (done - self.first)
        left = f", about {_minutes(each * (of - done))} left" if done < of else ""
        self._say(f"{done} of {of}: {shown(student)}{left}")

    def _say(self, line):
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)


def _minutes(seconds):
    # In English as all that a teacher is told here; students are spoken to in their own language.
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def say_where_time_went(results, jobs):
    """A line that says what a submission took on the average, and for what."""
    sums = {part: sum(r["seconds"].get(part, 0.0) for r in results) for part in PARTS}
    each = {part: seconds / len(results) for part, seconds in sums.items() if seconds}
    whole = sum(each.values())
    parts = ", ".join(f"{seconds:.1f} s {PARTS[part]}" for part, seconds in each.items())
    return (
        f"A submission took {whole:.1f} s from start to end: {parts or 'nothing was run'}. With "
        f"{jobs} at once that is {whole / jobs:.1f} s each."
    )


def student_table(results):
    """The table that a teacher sees: what each student earned, or why it could not be graded."""
    from rich.table import Table
    from rich.text import Text

    from neurec_helpers.classroom.feedback import say_total

    table = Table("student", "points", "why not more")
    for result in results:
        lost = [
            f"{grade['task']} {grade['status']}"
            + (f": {grade['reason']}" if grade["points"] is None else "")
            for grade in result["grades"]
            if grade["status"] != "correct"
        ]
        late = " (late)" if result["late"] else ""
        # As Text, so that brackets in a student's name are no markup.
        table.add_row(
            Text(shown(result["student"] + late)),
            say_total(result),
            Text(shown("; ".join(lost), 900)),
        )
    return table
