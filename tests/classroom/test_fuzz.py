"""Whatever a name, an archive or a notebook holds, nothing worse follows than a reason in words.

The cases are the same in every run: Hypothesis derives them from the tests themselves.
"""

import json
import os
import shutil
import tempfile
import unicodedata
from pathlib import Path

import pytest

from neurec_helpers.classroom import archives, collect, marking, preflight, results
from neurec_helpers.classroom.strangers import cell, decode_name, file_stem, shown
from neurec_helpers.errors import NeurecError
from tests.helpers.graded_notebooks import NAME, TASKS, answered
from tests.helpers.submitted_files import NAMES, PACKED, book

hypothesis = pytest.importorskip("hypothesis", reason="hypothesis is not installed: make test")
st = hypothesis.strategies


def cases(number):
    return hypothesis.settings(
        max_examples=number,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )


def is_fit_to_show(text):
    kinds = {unicodedata.category(sign) for sign in text if sign not in "\u200c\u200d"}
    return not kinds & {"Cc", "Cs", "Cf", "Zl", "Zp"}


TEXTS = st.text(st.characters(), max_size=60)  # lone surrogates and control characters too
PIECES = st.sampled_from(
    ["_77_assignsubmission_file_", "_12_345_", "LATE_", " (1)", "-2", ".zip", ".ipynb", "01_split"]
    + ["neurec", "../", "._", "__MACOSX", "\u202e", "\x1b[31m", "=cmd|' /C calc'!A0", "\ud800"]
)
NAMES_OF_FILES = st.lists(st.one_of(PIECES, TEXTS), min_size=1, max_size=5).map("".join)


@cases(800)
@hypothesis.given(TEXTS, st.binary(max_size=60))
def test_any_text_becomes_fit_to_show(text, raw):
    assert is_fit_to_show(shown(text)) and is_fit_to_show(cell(text))
    assert not cell(text)[:1] or cell(text)[0] not in "=+-@"
    assert file_stem(text).encode("utf-8") is not None and "/" not in file_stem(text)
    assert isinstance(decode_name(raw)[0], str)


@cases(300)
@hypothesis.given(st.lists(NAMES_OF_FILES, min_size=1, max_size=4), st.binary(max_size=30))
def test_any_names_are_collected(names, raw):
    folder = Path(tempfile.mkdtemp())
    try:
        for number, name in enumerate([*names, raw]):
            name = name if isinstance(name, bytes) else name.encode("utf-8", "surrogatepass")
            name = name.replace(b"/", b"").replace(b"\0", b"")[:200]
            if name in (b"", b".", b".."):
                continue
            path = os.path.join(os.fsencode(folder), name)
            if not os.path.lexists(path):
                os.mkdir(path) if number % 2 else Path(os.fsdecode(path)).write_bytes(book(number))
                if number % 2:
                    with open(os.path.join(path, b"01_split.ipynb"), "wb") as file:
                        file.write(book(number))
        try:
            found = collect.collect(folder, NAMES)
        except NeurecError as error:
            assert "holds no submission" in str(error)
            return
        keys = [each.key for each in found]
        assert len({key.casefold() for key in keys}) == len(keys)
        for each in found:
            assert all(map(is_fit_to_show, [each.student, each.key, *each.notes, *each.doubts]))
            assert Path(each.key).name == each.key and len(each.key.encode()) < 200
    finally:
        shutil.rmtree(os.fsencode(folder))


CHANGES = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12
)


@pytest.fixture(scope="module")
def place():
    folder = Path(tempfile.mkdtemp())
    yield folder / "Ada.zip"
    shutil.rmtree(folder)


@pytest.mark.parametrize("what", PACKED)
def test_damaged_archives_are_opened_or_named(place, what):
    @cases(150)
    @hypothesis.given(CHANGES, st.floats(0.2, 1))
    def one(changes, cut):
        content = bytearray(PACKED[what])
        for where, value in changes:
            content[int(where * len(content))] = value
        place.write_bytes(content[: int(cut * len(content)) or 1])
        for file in archives.read_entry(place):
            assert is_fit_to_show("/".join(file.parts)) and is_fit_to_show(file.trouble)
            assert (
                len(file.content) <= archives.MOST_BYTES and ".." not in file.parts or file.trouble
            )

    one()


def look(content):
    """Findings of any content, which must be such that they can be written and read again."""
    findings = preflight.inspect_bytes(content, NAME, TASKS)
    assert findings.nb is not None or findings.faults
    again = preflight.findings_from_json(preflight.findings_to_json(findings))
    assert again.faults == findings.faults and again.notes == findings.notes
    for text in [*findings.notes, *(fault.message for fault in findings.faults)]:
        assert text.encode("utf-8") is not None and "\x1b" not in text
    if findings.nb is not None:
        preflight.source_of(findings.nb, "task-1-1-solution")
        json.dumps(findings.nb, ensure_ascii=False).encode("utf-8")
    return findings


@cases(300)
@hypothesis.given(
    st.one_of(st.binary(max_size=300), TEXTS.map(lambda t: t.encode("utf-8", "replace")))
)
def test_any_bytes_are_no_notebook_in_words(content):
    look(content)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["cells", "metadata", "nbgrader", "neurec", "source", "id", "outputs", "nbformat", "grade_id"]
    + [
        "nbformat_minor",
        "kernelspec",
        "name",
        "cell_type",
        "execution_count",
        "task",
        "role",
        "tags",
    ]
)


def all_places(value):
    """Every dict and list in a document, the outermost first."""
    inner = value.values() if isinstance(value, dict) else value
    return [
        value,
        *(p for each in inner if isinstance(each, dict | list) for p in all_places(each)),
    ]


@cases(500)
@hypothesis.given(st.lists(st.tuples(st.integers(0), KEYS, VALUES), min_size=1, max_size=3))
def test_any_notebook_is_looked_at(changes):
    document = json.loads(json.dumps(answered()))
    for number, key, value in changes:
        places = all_places(document)
        where = places[number % len(places)]
        if isinstance(where, dict):
            where[key] = value
        elif where:
            where[number % len(where)] = value
    look(json.dumps(document).encode())


@cases(350)
@hypothesis.given(
    st.lists(
        st.one_of(TEXTS, st.sampled_from(["%time x", "!", "?", "%%", "(", "\\", "x ="])), max_size=8
    )
)
def test_any_source_is_looked_at(lines):
    nb = answered()
    nb.cells[1].source = "\n".join(lines)
    look(json.dumps(nb).encode())


@pytest.mark.parametrize(
    "source",
    [
        "%time x = 1\n" * 5_000,
        "(" * 50_000,
        "[" * 3_000 + "]" * 3_000,
        "-" * 50_000 + "1",
        "x.y" * 20_000,
    ]
    + ["!ls ; " * 20_000, "a=" * 20_000 + "%x", "if x:\n" * 3_000, "\\\n" * 9_000, "x?\n" * 5_000],
    ids=lambda source: source[:8],
)
def test_long_sources_take_no_long_time(source):
    import time

    nb = answered()
    nb.cells[1].source = source
    began = time.process_time()
    look(json.dumps(nb).encode())
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "deep", ['{"cells":' * 5_000, "[" * 200_000, '{"a":' * 900 + "1" + "}" * 900]
)
def test_deep_nesting_is_named(deep):
    assert look(deep.encode()).faults


GRADES = st.fixed_dictionaries(
    {
        "task": st.sampled_from(["5.1", "5.2"]),
        "points": st.one_of(st.none(), st.floats(0, 10)),
        "maximum": st.floats(0, 10),
        "status": TEXTS,
        "reason": TEXTS,
        "mistake": TEXTS,
        "answer": TEXTS,
    }
)


@cases(60)
@hypothesis.given(st.lists(st.tuples(TEXTS, st.lists(GRADES, max_size=3)), max_size=4))
def test_any_results_are_written(people):
    out = Path(tempfile.mkdtemp())
    try:
        found = [
            {"student": shown(name), "key": f"key-{n}", "grades": grades, "notes": [name]}
            for n, (name, grades) in enumerate(people)
        ]
        results.write_all(found, out, rules=marking.Rules(late=0.1))
        for path in out.rglob("*.html"):
            text = path.read_text(encoding="utf-8")
            assert "<script" not in text and "\x1b" not in text
        table = (out / "grades.csv").read_text(encoding="utf-8")
        assert "\x1b" not in table and table.count("\n") == len(people) + 1
    finally:
        shutil.rmtree(out)
