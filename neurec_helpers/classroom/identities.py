"""Whose a submission is: platform's numbers first, names last, and what is open is asked.

`identities.csv` is the question and the answer: a row for each submission that could not be given
to a student, with a last column for the teacher to fill in. The next run reads it.
"""

from itertools import combinations

from neurec_helpers.classroom.class_list import IDS
from neurec_helpers.classroom.questions import read_answers, write_questions
from neurec_helpers.classroom.strangers import cell, file_stem, shown, words
from neurec_helpers.classroom.submissions import (
    COPY,
    ENDINGS,
    ENTRY_COPY,
    Submission,
    choose,
    copy_number,
)
from neurec_helpers.language import mark, tr

LEFT_OUT = ("-", "nobody")
BY_ITSELF = ("email", "id", "login")
NOT_LISTED = mark("not on the class list.")


def identify(handed, people, answers=None):
    """Give each entry of the downloads to a student.

    Parameters
    ----------
    handed : list of collect.Handed
    people : list of Person
        The class list; may be empty.
    answers : Path, optional
        ``identities.csv``: read if it is there, and written anew if somebody has to be asked.

    Returns
    -------
    list of collect.Submission
        By name; on a class list those who handed in nothing too.
    """
    _one_source_each(handed)
    filled_in = read_answers(answers) if answers else {}
    told = {h.source: filled_in[cell(h.source)] for h in handed if cell(h.source) in filled_in}
    owners, questions = _owners(handed, people, told)
    if answers and (questions or told):
        write_questions(handed, questions, told, answers)
    called = {owners[source]: name for source, name in told.items() if source in owners}
    submissions = _merge(handed, people, owners, questions, called)
    for key, submission in zip(_keys(submissions), submissions, strict=True):
        submission.key = key
    return submissions


def _one_source_each(handed):
    """Two names that look the same once they are fit to be shown are told apart by a number."""
    seen = {}
    for each in handed:
        each.source = shown(each.source)
        seen[each.source] = number = seen.get(each.source, 0) + 1
        if number > 1:
            each.source += f" #{number}"


def _owners(handed, people, told):
    """Owner of each source, and the questions that are left: (why, candidates) by source.

    An owner is the place of a `Person` on the list, or, for those who aren't on it, what tells them
    apart: ("moodle", "77"), ("name", ("ada", "lovelace")), or ("?", source) if that is unknown.
    The teacher's own answers are final.
    """
    owners, questions = {}, {}
    for each in handed:
        if each.source in told:
            owner, why = _from_answer(told[each.source], people)
        elif each.platform:
            owner, why = _from_platform(each, people)
        else:
            owner, why = _from_id(each, people)
        if owner is not None:
            owners[each.source] = owner
        elif why:
            questions[each.source] = why, _candidates(each, people)
    _by_name(handed, people, owners, questions)
    unsure = [each for each in handed if each.source not in told]
    _same_name(unsure, people, owners, questions)
    for source, (why, _) in questions.items():
        if why != NOT_LISTED:
            owners[source] = ("?", source)
    return owners, questions


def _from_answer(answer, people):
    """Whose it is by what the teacher wrote; or why that does not tell."""
    if answer.casefold() in LEFT_OUT:
        return ("left out",), ""
    found = [
        place
        for place, person in enumerate(people)
        if answer in person.ids.values() or words(answer) == words(person.name)
    ]
    if len(found) == 1:
        return found[0], ""
    if found:
        return None, f"{len(found)} students are called {answer}: write an id in place of the name."
    if people:
        return None, f"{answer} is neither a name nor an id of the class list."
    return ("name", words(answer)), ""


def _from_id(each, people):
    """Whose it is by an e-mail, a login or an id of the class list, and by nobody's name."""
    if each.doubts and not each.name:
        return None, each.doubts[0]
    for text in (ENDINGS.sub("", each.source), each.label):
        given = {words(text)} - {()}
        found = [
            place
            for place, person in enumerate(people)
            if given & {words(value) for kind, value in person.ids.items() if kind in BY_ITSELF}
        ]
        if found:
            break
    if len(found) == 1 and not any(
        given & {words(person.name)} for place, person in enumerate(people) if place != found[0]
    ):
        return found[0], ""
    if found:
        return None, "several students fit."
    return None, ""


def _from_platform(each, people):
    found = [k for k, person in enumerate(people) if person.ids.get(each.platform) == each.number]
    if found:
        return found[0], ""
    if any(each.platform in person.ids for person in people):
        return None, f"the class list has no {each.platform} number {each.number}."
    if people:
        return None, ""  # the list knows names only
    return (each.platform, each.number), ""


def _by_name(handed, people, owners, questions):
    """Give entries to students by the whole name, where only one student and one entry fit."""
    open_ones = [h for h in handed if h.source not in owners and h.source not in questions]
    for each in open_ones:
        if not (each.name or each.receipt):
            questions[each.source] = "it names nobody.", _candidates(each, people)
        elif not each.name:
            questions[each.source] = (
                "only the student says whose it is.",
                _candidates(each, people),
            )
        elif not people:
            owners[each.source] = ("name", words(each.name))
    if not people:
        return
    for fits in (_is_exactly, _is_reordered):
        for each in [h for h in open_ones if h.source not in {*owners, *questions}]:
            found = [place for place, person in enumerate(people) if fits(each, person)]
            taken = {owners[source] for source in owners if isinstance(owners[source], int)}
            others = [k for k in found if k not in taken or fits is _is_exactly]
            if len(found) > 1:
                names = [_say(people[place]) for place in found]
                questions[each.source] = "several students fit.", names
            elif others:
                owners[each.source] = others[0]
                if fits is _is_reordered and not (each.platform == "canvas" or "," in each.name):
                    each.doubts.append(
                        f"{each.source} was taken for {people[others[0]].name}'s: the same words, "
                        "in another order."
                    )
    for each in open_ones:
        if each.source in owners or each.source in questions:
            continue
        questions[each.source] = NOT_LISTED, _candidates(each, people)
        is_known = each.platform and each.number
        owners[each.source] = (
            (each.platform, each.number) if is_known else ("name", words(each.name))
        )


def _is_exactly(each, person):
    if "," in each.name:
        last, _, first = each.name.partition(",")
        if words(f"{first} {last}") == words(person.name):
            return True
    return words(each.name) == words(person.name)


def _is_reordered(each, person):
    """The same words in another order; Canvas writes them as one word, the surname first."""
    given, parts = words(each.name), words(person.name)
    if each.platform == "canvas":
        return "".join(given) in _glued(person.name)
    return bool(given) and _bag(given) == _bag(parts)


def _bag(parts):
    return sorted(part.replace("ё", "е") for part in parts)


def _same_name(handed, people, owners, questions):
    """Two entries under one name alone may be of two students: asked, unless they agree."""
    groups, on_platform = {}, {}
    for each in handed:
        if each.source in owners:
            groups.setdefault(owners[each.source], []).append(each)
        if each.platform and each.name:
            on_platform.setdefault(words(each.name), []).append(f"{each.name} ({each.number})")
    for owner, group in groups.items():
        by_name = [each for each in group if not each.platform]
        numbers = {(each.platform, each.number) for each in group if each.platform}
        why = ""
        if len(numbers) > 1:
            by_name, why = group, "several of this name have handed in on the platform."
        elif _clash(group):
            by_name, why = group, "several downloads hold different work under this number."
        elif owner[0] == "name" if isinstance(owner, tuple) else False:
            if words(group[0].name) in on_platform:
                why = "a student of this name has handed in on the platform too."
        if by_name and not why and (_names_in_receipts(by_name) > 1 or _differ(group)):
            by_name, why = group, "there are several under this name, and they differ."
        if why:
            names = sorted({each.receipt for each in by_name if each.receipt})
            names += dict.fromkeys(on_platform.get(words(group[0].name), []))
            names += [_say(people[owner])] if isinstance(owner, int) else []
            questions |= {each.source: (why, names) for each in by_name}


def _clash(group):
    """Whether a platform's parts of different downloads hold different files for one notebook.

    Anybody can make an archive that looks like a platform's, so neither replaces the other.
    """
    works = {}
    for each in (each for each in group if each.platform):
        for notebook, found in each.files.items():
            work = works.setdefault((notebook, each.download), set())
            work.update(content for *_, content in found)
    return any(
        one[0] == other[0] and works[one] != works[other] for one, other in combinations(works, 2)
    )


def _names_in_receipts(group):
    return len({words(each.receipt) for each in group if each.receipt})


def _differ(group):
    """Whether entries hold different files for one notebook, and no number says which is newer."""
    seen = {}
    for each in group:
        for notebook, found in each.files.items():
            for number, _, content in found:
                number += _copies(each)
                seen.setdefault(notebook, set()).add((number, each.source, content))
    for found in seen.values():
        newest = max(number for number, _, _ in found)
        last = [(source, content) for number, source, content in found if number == newest]
        if all(len(set(column)) > 1 for column in zip(*last, strict=True)):
            return True
    return False


def _copies(each):
    return copy_number(ENDINGS.sub("", each.source), COPY if each.platform else ENTRY_COPY)


def _nicer(each):
    """The student's own spelling of a name, if it is the same name."""
    same = words(each.receipt) == words(each.name)
    return shown(each.receipt if same and each.receipt else each.name, 100)


def _candidates(each, people):
    """Students whose name has a word in common with what is known: for the teacher to choose."""
    given = set(words(each.name)) | set(words(each.receipt))
    return [
        _say(person)
        for person in people
        if given & set(words(person.name)) or "".join(words(each.name)) in _glued(person.name)
    ][:8]


def _glued(name):
    """A name as one word, beginning with any of its words."""
    parts = words(name)
    return {"".join(parts[k:] + parts[:k]) for k in range(len(parts))}


def _say(person):
    known = next((person.ids[kind] for kind in IDS if kind in person.ids), "")
    return f"{person.name} ({known})" if known else person.name


def _merge(handed, people, owners, questions, called):
    found, ranked = {}, {}
    for each in handed:
        owner = owners[each.source]
        if owner == ("left out",):
            continue
        who = found.get(owner)
        if who is None:
            who = found[owner] = _start(each, owner, people, called.get(owner))
            ranked[owner] = {}
        who.late |= each.late
        who.notes += each.notes
        who.doubts += each.doubts
        who.refused = each.refused | who.refused
        for notebook, files in each.files.items():
            # A number in the name of the whole entry says as much as one in a file's name.
            files = [(number + _copies(each), *rest) for number, *rest in files]
            ranked[owner].setdefault(notebook, []).extend(files)
        if _is_unknown(owner):
            why, candidates = questions[each.source]
            may_be = f" It may be: {'; '.join(candidates)}." if candidates else ""
            who.undecided = (
                f"whose it is could not be told: {why}{may_be} Say so in identities.csv and grade "
                "again."
            )
            who.doubts.append(f"{each.source}: {who.undecided}")
        elif each.source in questions:
            who.notes.append(tr(NOT_LISTED))
            who.doubts.append(f"{each.source}: {NOT_LISTED}")
        elif each.receipt and each.name and not _is_same_name(each, who.student):
            who.doubts.append(
                f"{each.source}: the receipt in it names {each.receipt}, which does not count."
            )
    for owner, who in found.items():
        for notebook, files in ranked[owner].items():
            who.files[notebook] = choose(files, notebook, who.notes, who.doubts)
        parts = [each for each in handed if each.platform and owners[each.source] == owner]
        downloads = sorted({each.download for each in parts})
        if len(downloads) > 1:
            several = ", ".join(name or "the folder itself" for name in downloads)
            who.doubts.append(
                f"work under this number came in several downloads ({several}): see whether each "
                "of them is the platform's own."
            )
    waiting = {name for _, names in questions.values() for name in names}
    for place, person in enumerate(people):
        if place not in found:
            found[place] = _nothing(person, waiting)
    return sorted(found.values(), key=lambda each: (bool(each.undecided), words(each.student)))


def _is_same_name(each, student):
    given = [_bag(words(name)) for name in (each.name, student)]
    return _bag(words(each.receipt)) in given or "".join(words(each.name)) in _glued(each.receipt)


def _is_unknown(owner):
    return isinstance(owner, tuple) and owner[0] == "?"


def _start(each, owner, people, name):
    """A submission with what is known of its owner."""
    ids = {each.platform: each.number} if each.platform else {}
    if isinstance(owner, int):
        person = people[owner]
        late = person.days_late
        return Submission(person.name, ids=ids | person.ids, late=bool(late), days_late=late)
    if _is_unknown(owner):
        return Submission(f"? {each.source}", ids=ids)
    return Submission(name or _nicer(each) or f"{each.platform} {each.number}", ids=ids)


def _nothing(person, waiting):
    who = Submission(person.name, ids={**person.ids}, notes=[tr("nothing was handed in.")])
    if _say(person) in waiting:
        reason = tr("a submission that may be this student's waits in identities.csv.")
        who.refused["*"] = reason
        who.doubts.append(reason)
    return who


def _keys(submissions):
    """A name for files for each submission; no two the same, not even on systems that fold case."""
    seen = set()
    for each in submissions:
        stem = file_stem(each.student) or "student"
        number = next((each.ids[kind] for kind in ("moodle", "canvas") if kind in each.ids), "")
        key = first = f"{stem}-{number}" if number else stem
        count = 1
        while key.casefold() in seen:
            count += 1
            key = f"{first}-{count}"
        seen.add(key.casefold())
        yield key
