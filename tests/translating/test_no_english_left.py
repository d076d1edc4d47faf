"""What a student sees in another language holds no English sentence.

Verdicts are looked at where the tests make them, in tests/tasks/test_tasks.py.
"""

import re

import matplotlib
import matplotlib.pyplot as plt
import pytest
from typer.testing import CliRunner

import neurec_helpers as nr
from neurec_helpers.classroom.course import Item
from neurec_helpers.classroom.feedback import feedback_page
from neurec_helpers.classroom.start_page import readme, start_page
from neurec_helpers.cli import app
from neurec_helpers.cli import data as data_commands
from neurec_helpers.language import VARIABLE, speaking
from neurec_helpers.notebook import files
from neurec_helpers.notebook.editions import edition_of, other_languages
from neurec_helpers.notebook.report import make_report
from neurec_helpers.plotting.artists import describe_artists
from neurec_helpers.recommending.shop.words import page_words
from neurec_helpers.startup import Setup
from neurec_helpers.tasks import TASKS
from neurec_helpers.translating import catalogue
from neurec_helpers.translating.extracting import HELPED
from tests.helpers.english import english_in
from tests.helpers.plots import PLOTS

LANGUAGES = pytest.mark.parametrize("language", other_languages())


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Это предложение. This one is English.", ["This one is"]),
        ("`This is code, not prose`, а это {rows of facts}", []),
        ("Запустите: neurec data adopt FILE --books TABLE", []),
        ("[тетрадь](a b c d) <p class='one two three'>Keras и TensorFlow</p>", []),
    ],
)
def test_an_english_sentence_is_found(text, left):
    assert english_in(text) == left


@LANGUAGES
def test_in_the_catalogue(language):
    words = [message.string for message in catalogue.read(language) if message.id]
    forms = [form for word in words for form in (word if isinstance(word, tuple) else (word,))]
    assert {form: found for form in forms if (found := english_in(form))} == {}


@LANGUAGES
@pytest.mark.parametrize("name", PLOTS)
def test_in_a_plot(language, name):
    with matplotlib.rc_context(matplotlib.rcParamsDefault), speaking(language):
        matplotlib.use("agg")
        ax = PLOTS[name]()
        ax.figure.canvas.draw()
        texts = [ax.get_title("left") or ax.get_title(), ax.get_xlabel(), ax.get_ylabel()]
        texts += [text.get_text() for text in ax.texts]
        ticks = [*ax.get_xticklabels(), *ax.get_yticklabels()]
        legend = ax.get_legend()
        texts += [text.get_text() for text in legend.get_texts()] if legend else []
        said = nr.describe(ax)
        table = str(said)
        drawn = describe_artists(ax.figure)
        plt.close("all")
    columns = list(said.table.columns)
    assert [
        found for text in (*texts, said.sentence, *columns) if (found := english_in(text))
    ] == []
    assert any(re.search("[^\x00-\x7f]", text) for text in texts), drawn
    # 0.5 is 0,5 on an axis and in a table.
    numbers = [tick.get_text() for tick in ticks if tick.get_visible()] + [table]
    assert [text for text in numbers if re.search(r"\d\.\d", text)] == []


@LANGUAGES
def test_in_hints_and_titles(language):
    with speaking(language):
        said = [str(nr.hint(id, level)) for id, t in TASKS.items() for level in (1, len(t.hints))]
        said += [str(nr.solution("5.1").heading)]
    assert [found for text in said if (found := english_in(text))] == []


@LANGUAGES
def test_in_set_up(language):
    versions = {"TensorFlow": "2.21.0", "Keras": "3.15.1"}
    with speaking(language):
        said = repr(Setup("GPU", versions, 42, 2, True)), repr(Setup("GPU", versions, 42, 2, False))
    assert [found for text in said if (found := english_in(text))] == []


@LANGUAGES
def test_in_the_pages_of_a_hand_out(language):
    items = [Item("5.1", "01_split", 1.0, "task-5-1-solution", "task-5-1-check")]
    facts = {"deadline": "31.12.2026", "language": language, "assignment": "lesson"}
    result = {
        "student": "Ада", "key": "1", "earned": 1.0, "maximum": 2.0, "penalty": 0.5,
        "days_late": 1.2, "late": True, "open": ["5.2"], "comment": "", "notes": [],
        "grades": [
            {"task": "5.1", "status": status, "points": points, "maximum": 1.0, "reason": "",
             "comment": "", "answer": "x"}
            for status, points in (("correct", 1.0), ("incorrect", 0.0), ("not attempted", None))
        ],
    }  # fmt: skip
    with speaking(language):
        start = start_page(items, {"01_split": "1"}, facts)
        pages = [cell.source for cell in start.cells if cell.cell_type == "markdown"]
        feedback = feedback_page(result)
        pages += [readme(items, facts), re.sub("<style>.*</style>", "", feedback, flags=re.DOTALL)]
    assert f'<html lang="{language}">' in feedback
    assert [found for text in pages if (found := english_in(text))] == []


@LANGUAGES
def test_in_the_page_of_recommendations(language):
    with speaking(language):
        words = page_words()
    assert words.pop("language") == language
    forms = [
        f for word in words.values() for f in (word.values() if isinstance(word, dict) else [word])
    ]
    assert [found for form in forms if (found := english_in(form))] == []


@LANGUAGES
def test_in_the_notebooks_and_the_report_of_them(language):
    notebooks = {
        path.stem: files.read_notebook(edition_of(path, language))
        for path in files.find_notebooks()
    }
    left = {}
    for name, nb in notebooks.items():
        # The names that a notebook's own code gives to models and curves are shown as they are.
        code = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
        named = sorted(re.findall(r'"([^"\n]* [^"\n]*)"', code), key=len, reverse=True)
        names = re.compile("|".join(map(re.escape, named)) or "(?!)")
        for cell in nb.cells:
            texts = [cell.source] if cell.cell_type == "markdown" else _shown(cell)
            found = [words for text in texts for words in english_in(names.sub("", text))]
            if found:
                left[f"{name}, {cell.id}"] = found
    assert left == {}
    with speaking(language):
        page = make_report({"01_split": notebooks["01_split"]}, [])
    assert f'<html lang="{language}"' in page
    front = page.partition('id="cell-id=01_split')[0].rpartition("<body")[2]
    assert english_in(re.sub("<(script|style).*?</\\1>", "", front, flags=re.DOTALL)) == []


def _shown(cell):
    """Texts of what neurec shows: verdicts, set-up, plots; not what cells print, nor titles."""
    for output in cell.outputs:
        data = output.get("data", {})
        of_neurec = "neurec" in output.get("metadata", {}) or "image/png" in data
        if of_neurec or "<details>" in data.get("text/html", "") or cell.id == "setup":
            yield from (text for kind, text in data.items() if kind in ("text/plain", "text/html"))


COMMANDS = [[name] for name in HELPED if name != "__init__"]
COMMANDS += [
    ["data", (one.name or one.callback.__name__).replace("_", "-")]
    for one in data_commands.app.registered_commands
]


@LANGUAGES
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_in_the_help_of_a_command(language, command, monkeypatch):
    monkeypatch.setenv(VARIABLE, language)
    monkeypatch.setenv("COLUMNS", "300")
    with speaking(language):
        shown = CliRunner().invoke(app, [*command, "--help"])
    assert shown.exit_code == 0
    assert english_in(shown.output.partition("[OPTIONS]")[2]) == []
