"""The reader's language: which one it is, and how words, numbers and plurals are put into it."""

import sys

import pytest

from neurec_helpers import language
from neurec_helpers.errors import NeurecError
from neurec_helpers.language import Message, number, speaking, tr
from neurec_helpers.startup import require_language

CATALOGUE = r"""
msgid ""
msgstr ""
"Language: ru\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && "
"(n%100<10 || n%100>=20) ? 1 : 2);\n"
"Content-Type: text/plain; charset=utf-8\n"

msgid "{rows:,} rows, {share:.1%}, {name}"
msgstr "строк: {rows:,}, {share:.1%}, {name}"

msgid "{n} star"
msgid_plural "{n} stars"
msgstr[0] "{n} звезда"
msgstr[1] "{n} звезды"
msgstr[2] "{n} звёзд"

#, fuzzy
msgid "not sure"
msgstr "не уверены"
"""


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    """A Russian catalogue of three messages."""
    file = tmp_path / "ru" / "LC_MESSAGES" / "neurec.po"
    file.parent.mkdir(parents=True)
    file.write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setattr(language, "CATALOGUES", tmp_path)
    language._catalogue.cache_clear()
    yield
    language._catalogue.cache_clear()


def test_english_is_what_python_writes(catalogue):
    facts = {"rows": 12345, "share": 0.125, "name": "a,b.c"}
    assert tr("{rows:,} rows, {share:.1%}, {name}", **facts) == "12,345 rows, 12.5%, a,b.c"
    assert tr("{n} star", "{n} stars", n=1) == "1 star"
    assert tr("{n} star", "{n} stars", n=0) == "0 stars"
    assert tr("no {facts}") == "no {facts}"
    assert tr("") == ""


def test_words_and_numbers_in_russian(catalogue):
    facts = {"rows": 12345, "share": 0.125, "name": "a,b.c"}
    with speaking("ru"):
        said = tr("{rows:,} rows, {share:.1%}, {name}", **facts)
        assert said == "строк: 12\u00a0345, 12,5\u00a0%, a,b.c"
        assert number(0.711, ".2f") == "0,71"
    assert number(0.711, ".2f") == "0.71"


@pytest.mark.parametrize(
    ("n", "words"), [(1, "1 звезда"), (3, "3 звезды"), (11, "11 звёзд"), (21, "21 звезда")]
)
def test_three_plural_forms(catalogue, n, words):
    with speaking("ru"):
        assert tr("{n} star", "{n} stars", n=n) == words


def test_plural_forms_for_a_page_have_unicodes_names(catalogue):
    assert language.plural_forms("{n} star", "{n} stars") == {
        "one": "{n} star",
        "other": "{n} stars",
    }
    with speaking("ru"):
        forms = language.plural_forms("{n} star", "{n} stars")
    assert (forms["one"], forms["few"]) == ("{n} звезда", "{n} звезды")
    assert forms["many"] == forms["other"] == "{n} звёзд"


def test_a_fuzzy_translation_is_not_shown(catalogue):
    with speaking("ru"):
        assert tr("not sure") == "not sure"


def test_a_message_is_put_into_words_when_it_is_shown(catalogue):
    message = Message("{n} star", "{n} stars", n=5)
    error = NeurecError("{rows:,} rows, {share:.1%}, {name}", rows=1, share=1, name=message)
    assert str(error) == "1 rows, 100.0%, 5 stars"
    with speaking("ru"):
        assert f"{message}" == "5 звёзд"
        assert str(error) == "строк: 1, 100,0\u00a0%, 5 звёзд"


@pytest.mark.parametrize(
    ("environment", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "ru_RU.UTF-8", "NEUREC_LANGUAGE": "en"}, "en"),
        ({"NEUREC_LANGUAGE": "ru"}, "ru"),
        ({"NEUREC_LANGUAGE": "ru_RU"}, "ru"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="other systems tell it otherwise too")
def test_which_language(catalogue, monkeypatch, environment, spoken):
    for name in ("NEUREC_LANGUAGE", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(language.locale, "getlocale", lambda category=None: (None, None))
    monkeypatch.setattr(language, "_current", None)
    assert language.current_language() == spoken


def test_a_hand_outs_language_goes_before_the_systems(catalogue, monkeypatch, tmp_path):
    (tmp_path / "handout.json").write_text('{"language": "ru"}')
    monkeypatch.setattr(language, "ROOT", tmp_path)
    monkeypatch.setattr(language, "_current", None)
    monkeypatch.delenv("NEUREC_LANGUAGE")
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert language.current_language() == "ru"


def test_a_language_that_there_is_none_of_is_refused(monkeypatch):
    monkeypatch.setenv("NEUREC_LANGUAGE", "xx")
    with pytest.raises(NeurecError, match="NEUREC_LANGUAGE=xx: there is no such language"):
        require_language()
