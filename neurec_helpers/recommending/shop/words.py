"""All words of the page, in one place, and in the reader's language.

Words in braces are put in by the page itself.
"""

import re

from neurec_helpers.language import Message, current_language, mark, tr

WORDS = {
    "heading": mark("What shall I read next?"),
    "how": mark(
        "Give a heart to books you like. The list follows at once; nothing leaves this page."
    ),
    "no_script": mark(
        "This page works by JavaScript, which is off here. In JupyterLab, press “Trust HTML” "
        "above the page; elsewhere, open the file in a browser."
    ),
    "search": mark("Search a book"),
    "search_hint": mark("Title or author; accents and capitals don't matter."),
    "none_found": mark("No book has these words in its title or author."),
    "found": Message("{count} book found.", "{count} books found."),
    "found_more": Message(
        "{count} book found; the first {shown} are shown.",
        "{count} books found; the first {shown} are shown.",
    ),
    "basket": mark("Books you like"),
    "basket_empty": mark("None yet."),
    "basket_how": mark(
        "A heart counts as five stars. A book with one star only stays out of the list."
    ),
    "undo": mark("Undo"),
    "clear": mark("Clear all"),
    "undone": mark("Undone."),
    "cleared": mark("All cleared. Undo brings them back."),
    "list": mark("Your list"),
    "list_start": mark("The most read, to begin with"),
    "list_empty": mark("Search a book and give it a heart: your list appears here."),
    "list_nothing": mark(
        "Nothing among these books goes with what you like. Move the slider, or like another book."
    ),
    "list_one_star": mark("Give some book more than one star: there is nothing to go by yet."),
    "more": mark("Show more"),
    "fame": mark("How well known?"),
    "famous": mark("famous"),
    "obscure": mark("obscure"),
    "fame_all": Message("The only book", "All {count} books"),
    "fame_most": Message("The most-read book", "The {count} most-read books"),
    "fame_least": Message("The least-read book", "The {count} least-read books"),
    "because": mark("because you liked {title}"),
    "read_by": Message("{count} reader", "{count} readers"),
    "like": mark("Like {title}"),
    "similar": mark("Similar"),
    "similar_to": mark("Books similar to {title}"),
    "similar_none": mark("No other book is like it."),
    "stars_for": mark("Stars for {title}"),
    "stars": Message("{count} star", "{count} stars"),
    "liked": mark("{title} is now among the books you like."),
    "unliked": mark("{title} is no longer among the books you like."),
    "rated": mark("{title}: {stars}."),
    "first_now": mark("First in your list: {title}."),
    "unnamed": mark("Book {id}"),
    "synthetic": mark(
        "These books and their readers are synthetic: made by a program, with invented titles."
    ),
    "made_by": mark("Made with neurec."),
}
NUMBERS = range(102)  # every plural form of every language is that of one of these


def page_words():
    """The page's words in the reader's language.

    Returns
    -------
    dict
        Of text; where a number decides, a dict of texts by the names that Unicode's CLDR gives to
        plural forms (English: one, other). `language` is the code of the language.
    """
    said = {
        name: _forms(words) if isinstance(words, Message) else tr(words)
        for name, words in WORDS.items()
    }
    return {"language": current_language(), **said}


def _forms(words):
    from babel import Locale

    form_of = Locale.parse(current_language()).plural_form
    blanks = {name: f"{{{name}}}" for name in re.findall(r"{(\w+)}", words.text + words.plural)}
    forms = {}
    for n in NUMBERS:
        forms.setdefault(form_of(n), tr(words.text, words.plural, n=n, **blanks))
    return forms
