"""A page for the teacher: first what was lost or is doubtful, then the class."""

from collections import Counter

from neurec_helpers.classroom import likeness
from neurec_helpers.classroom.feedback import say_total
from neurec_helpers.classroom.pages import bullets, link, meter, page, table, text
from neurec_helpers.classroom.tables import say_late


def report_page(results, *, problems=(), pairs=(), executed=None):
    """The page's HTML.

    Parameters
    ----------
    results : list of dict
        From `marking.apply`.
    problems : list of str
        What is wrong with the teacher's own files.
    pairs : list of likeness.Pair
    executed : dict of str to list of str, optional
        Pages of the notebooks as they ran, relative to the report, by key.
    """
    parts = [
        f"<p>{say_students(results)}</p>",
        _first_of_all(results, problems),
        "<h2>Students</h2>",
        _students(results, executed or {}),
        "<h2>Points</h2>",
        _distribution(results),
        "<h2>Tasks, hardest first</h2>",
        _tasks(results),
        "<h2>Mistakes</h2>",
        _mistakes(results),
        "<h2>Alike</h2>",
        _alike(results, pairs),
    ]
    return page("Class report", parts)


def say_students(results):
    """How many there are, and how many of them have their points."""
    known = [result for result in results if not result["undecided"]]
    whole = sum(not result["open"] for result in known)
    return f"{len(known)} students, {whole} of them graded in every task."


def _first_of_all(results, problems):
    """All that was lost or doubtful, before anything else."""
    lines = [text(problem) for problem in problems]
    for result in results:
        if result["undecided"]:
            source = result["student"].removeprefix("? ")
            lines.append(text(f"{source}: {result['undecided']}"))
            continue
        who = link(f"feedback/{result['key']}.html", result["student"])
        reasons = {}
        for grade in result["grades"]:
            if grade["points"] is None:
                reasons.setdefault(grade["reason"], []).append(grade["task"])
        lines += [
            f"{who}: not graded: {text(', '.join(tasks))}, because: {text(reason)}"
            for reason, tasks in reasons.items()
        ]
        lines += [f"{who}: {text(doubt)}" for doubt in result["doubts"]]
        lines += [f"{who}: <b>{text(line)}</b>" for line in result.get("attempts", [])]
    if not lines:
        return "<p>Nothing was lost, and nothing is doubtful.</p>"
    return (
        f'<div class="first"><h2>Could not be graded, or is doubtful ({len(lines)})</h2>'
        f"{bullets(lines)}</div>"
    )


def _students(results, executed):
    rows = []
    for result in results:
        if result["undecided"]:
            continue
        targets = executed.get(result["key"], [])
        pages = [link(target, target.split("/")[-1][:2]) for target in targets]
        rows.append(
            (
                link(f"feedback/{result['key']}.html", result["student"]),
                text(say_total(result)),
                text(say_late(result)),
                " ".join(pages),
            )
        )
    return table(("student", "points", "", "notebooks as they ran"), rows)


def _distribution(results):
    counts = Counter(result["earned"] for result in results if not result["open"])
    rows = [
        (f"{points:g}", str(count), meter(count, max(counts.values())))
        for points, count in sorted(counts.items(), reverse=True)
    ]
    return table(("points", "students", ""), rows)


def _tasks(results):
    by_task = {}
    for grade in (g for r in results if not r["undecided"] for g in r["grades"]):
        by_task.setdefault(grade["task"], Counter())[grade["status"]] += 1
    rows = []
    for task, counts in sorted(by_task.items(), key=lambda pair: pair[1]["correct"]):
        others = ", ".join(
            f"{n} {status}" for status, n in counts.most_common() if status != "correct"
        )
        share = counts["correct"] / counts.total()
        rows.append((text(task), f"{share:.0%}", meter(share, 1), text(others)))
    return table(("task", "correct", "", "others"), rows)


def _mistakes(results):
    found = {}
    for grade in (grade for result in results for grade in result["grades"]):
        if grade["mistake"]:
            entry = found.setdefault((grade["task"], grade["mistake"]), [0, grade["reason"]])
            entry[0] += 1
    rows = [
        (text(task), text(mistake), str(count), text(reason))
        for (task, mistake), (count, reason) in sorted(found.items(), key=lambda p: -p[1][0])
    ]
    return table(("task", "mistake", "students", "for example"), rows)


def _alike(results, pairs):
    names = {result["key"]: result["student"] for result in results}
    parts = [
        f"<p>Pairs with at least {likeness.ALIKE_LINES} lines of code in common, whatever names, "
        "spaces and comments are in them, that stand neither in the hand-out nor in the reference "
        f"solution, and that are at least {likeness.ALIKE_SHARE:.0%} of such lines of the one who "
        "has fewer. Short answers are alike by chance, so look before you judge.</p>"
    ]
    for pair in pairs:
        sides = []
        for key, lines in zip((pair.first, pair.second), pair.own, strict=True):
            code = "".join(
                f"<mark>{text(line)}</mark>" if both else f"{text(line)}\n" for line, both in lines
            )
            sides.append(f"<div><p>{text(names[key])}</p><pre>{code}</pre></div>")
        parts.append(
            f"<details><summary>{text(names[pair.first])} and {text(names[pair.second])}: "
            f"{pair.lines} lines in common, {pair.share:.0%}</summary>"
            f'<div class="two">{"".join(sides)}</div></details>'
        )
    return "\n".join(parts) if pairs else parts[0] + "<p>None.</p>"
