"""All words of the page, in one place.

Words in braces are put in by the page. Where a number decides, there is one sentence for each of
the language's plural forms, by their names in Unicode's CLDR (English: one, other).
"""

from neurec_helpers.language import current_language, plural_forms, tr

WORDS = {
    "heading": "What shall I read next?",
    "how": "Give a heart to books you like. The list follows at once; nothing leaves this page.",
    "no_script": "This page works by JavaScript, which is off here. In JupyterLab, press "
    "“Trust HTML” above the page; elsewhere, open the file in a browser.",
    "search": "Search a book",
    "search_hint": "Title or author; accents and capitals don't matter.",
    "none_found": "No book has these words in its title or author.",
    "found": {"one": "{count} book found.", "other": "{count} books found."},
    "found_more": {
        "one": "{count} book found; the first {shown} are shown.",
        "other": "{count} books found; the first {shown} are shown.",
    },
    "basket": "Books you like",
    "basket_empty": "None yet.",
    "basket_how": "A heart counts as five stars. A book with one star only stays out of the list.",
    "undo": "Undo",
    "clear": "Clear all",
    "undone": "Undone.",
    "cleared": "All cleared. Undo brings them back.",
    "list": "Your list",
    "list_start": "The most read, to begin with",
    "list_empty": "Search a book and give it a heart: your list appears here.",
    "list_nothing": "Nothing among these books goes with what you like. Move the slider, or like "
    "another book.",
    "list_one_star": "Give some book more than one star: there is nothing to go by yet.",
    "more": "Show more",
    "fame": "How well known?",
    "famous": "famous",
    "obscure": "obscure",
    "fame_all": {"one": "The only book", "other": "All {count} books"},
    "fame_most": {"one": "The most-read book", "other": "The {count} most-read books"},
    "fame_least": {"one": "The least-read book", "other": "The {count} least-read books"},
    "because": "because you liked {title}",
    "read_by": {"one": "{count} reader", "other": "{count} readers"},
    "like": "Like {title}",
    "similar": "Similar",
    "similar_to": "Books similar to {title}",
    "similar_none": "No other book is like it.",
    "stars_for": "Stars for {title}",
    "stars": {"one": "{count} star", "other": "{count} stars"},
    "liked": "{title} is now among the books you like.",
    "unliked": "{title} is no longer among the books you like.",
    "rated": "{title}: {stars}.",
    "first_now": "First in your list: {title}.",
    "unnamed": "Book {id}",
    "synthetic": "These books and their readers are synthetic: made by a program, with invented "
    "titles.",
    "made_by": "Made with neurec.",
}


def page_words():
    """The words in the reader's language, and its code as ``"language"``."""
    words = {
        name: tr(text) if isinstance(text, str) else plural_forms(text["one"], text["other"])
        for name, text in WORDS.items()
    }
    return {"language": current_language(), **words}
