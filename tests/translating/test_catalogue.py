"""The catalogue: complete, up to date, and true to all that is not words."""

import pytest
from babel.messages.catalog import Message

from neurec_helpers import language
from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook.editions import other_languages
from neurec_helpers.translating import catalogue, checking, extracting
from neurec_helpers.translating.extracting import Found


@pytest.fixture(scope="module")
def messages():
    return extracting.all_messages()


@pytest.mark.parametrize("code", other_languages())
def test_it_holds_what_is_to_be_translated_and_no_more(code, messages):
    there = {message.id for message in catalogue.read(code) if message.id}
    wanted = {found.id for found in messages}
    # Babel files a plural under both its forms.
    assert {id if isinstance(id, str) else tuple(id) for id in there} == wanted


@pytest.mark.parametrize("code", other_languages())
def test_nothing_is_untranslated_or_fuzzy(code):
    unfinished = catalogue.unfinished(catalogue.read(code))
    assert [message.id for message in unfinished] == []


@pytest.mark.parametrize("code", other_languages())
def test_what_is_not_words_stays_the_same(code):
    words = catalogue.read(code)
    left = catalogue.unfinished(words)
    faults = {
        message.id: found
        for message in words
        if message.id and message not in left and (found := checking.faults(message))
    }
    assert faults == {}


@pytest.mark.parametrize(
    ("source", "translation", "fault"),
    [
        ("{rows:,} rows", "строк: {rows}", "placeholders"),
        ("{name} rows", "строк", "placeholders"),
        ("call `nr.check`", "вызовите `nr.cheсk`", "code"),
        ("see [notebook 5](05_training.ipynb)", "см. [тетрадь 5](06_deeper.ipynb)", "links"),
        ("<b>now</b>", "<i>сейчас</i>", "tags"),
        ("## Now", "# Сейчас", "headings"),
        ("785,404 rows of 0.71", "785 404 строки по 0,72", "numbers"),
        (" It holds one.", "В нём одна.", "spaces"),
    ],
)
def test_what_a_translation_gets_wrong_is_found(source, translation, fault):
    (found,) = checking.faults(Message(source, translation))
    assert found.startswith(fault)


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("{b} of {a:.2f}", "{a:.2f}, из них {b}"),
        ("785,404 rows of 0.71, `x[1]`", "785 404 строки по 0,71, `x[1]`"),
        (("{n} star", "{n} stars"), ("{n} звезда", "{n} звезды", "{n} звёзд")),
        ("$$\\frac{1}{n}$$ is it", "$$\\frac{1}{n}$$ — это"),
    ],
)
def test_a_faithful_translation_has_no_fault(source, translation):
    assert checking.faults(Message(source, translation)) == []


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)


def test_a_new_language_is_begun_and_brought_up_to_date(empty):
    first = [Found("one", "a.py", 1), Found(("{n} book", "{n} books"), "a.py", 2)]
    words = catalogue.update("de", first)
    assert len(catalogue.unfinished(words)) == 2
    words["one"].string = "eins"
    words["{n} book"].string = ("{n} Buch", "{n} Bücher")
    catalogue.write(words, "de")

    words = catalogue.update("de", [*first, Found("two", "b.py", 1, "cell two")])
    assert words["one"].string == "eins"
    assert [message.id for message in catalogue.unfinished(words)] == ["two"]
    assert "#. cell two" in language.catalogue_file("de").read_text(encoding="utf-8")


def test_what_changed_a_little_is_kept_as_fuzzy_and_what_is_gone_goes(empty):
    before = "The training part holds four fifths of all ratings."
    words = catalogue.update("de", [Found(before, "a.py", 1), Found("gone", "a.py", 2)])
    words[before].string = "Der Trainingsteil hat vier Fünftel aller Bewertungen."
    words["gone"].string = "weg"
    catalogue.write(words, "de")

    after = before.replace("holds", "has")
    words = catalogue.update("de", [Found(after, "a.py", 1)])
    assert words[after].fuzzy and words[after].string.startswith("Der Trainingsteil")
    assert "weg" not in language.catalogue_file("de").read_text(encoding="utf-8")


def test_writing_it_twice_changes_nothing(empty, messages):
    catalogue.update("de", messages[:50])
    text = language.catalogue_file("de").read_bytes()
    catalogue.update("de", messages[:50])
    assert language.catalogue_file("de").read_bytes() == text


@pytest.mark.parametrize(
    ("code", "words"), [("xx", "not a language that Babel knows"), ("en", "English is the source")]
)
def test_what_is_no_other_language_is_refused(code, words):
    with pytest.raises(NeurecError, match=words):
        catalogue.read(code)


def test_marks_of_every_kind_are_found():
    source = (
        'tr("one"); Message("{n} book", "{n} books", n=2); raise_(NeurecError("two" "three"))\n'
        'Uncheckable("a" if x else "b"); tr(dynamic); print("no mark"); mark("four")\n'
    )
    found = [each.id for each in extracting.in_source(source, "a.py")]
    assert found == ["one", ("{n} book", "{n} books"), "twothree", "a", "b", "four"]


def test_what_cells_hand_to_plots_is_found():
    source = 'x = "no"\nnr.show(nr.plot_growth(n, {"one epoch": e}, "Time", "s"))'
    assert sorted(extracting.words_for_plots(source)) == ["Time", "one epoch", "s"]
