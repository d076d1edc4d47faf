"""Pages of what was graded. What a student wrote is text there, never part of the page."""

import html

from neurec_helpers.classroom.strangers import plain_text
from neurec_helpers.language import SOURCE

PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<style>
:root {{ background: Canvas; color: CanvasText; }}
body {{ font-family: sans-serif; line-height: 1.45; max-width: 64rem; margin: 2rem auto;
  padding: 0 1rem; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
th, td {{ text-align: left; padding: 0.25rem 0.8rem 0.25rem 0; vertical-align: top;
  border-bottom: 1px solid #8888; overflow-wrap: anywhere; }}
th {{ overflow-wrap: normal; }}
pre {{ white-space: pre-wrap; border-left: 3px solid #8888; padding-left: 0.8rem;
  overflow-wrap: anywhere; }}
pre.code {{ border-left-color: #36c; }}
pre mark {{ display: block; }}
.two {{ display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }}
.first {{ border: 2px solid #c60; padding: 0 1rem; }}
meter {{ width: 10rem; }}
img {{ max-width: 100%; background: #fff; }}
</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""


def page(title, parts, language=SOURCE):
    """A whole page from its title, a text, and parts that are HTML already."""
    return PAGE.format(title=text(title), body="\n".join(parts), language=language)


def text(value):
    """A text as HTML that shows it."""
    return html.escape(plain_text(value))


def prose(value):
    """A text as HTML in which what stands between backticks is code."""
    parts = text(value).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if k % 2 else part for k, part in enumerate(parts))


def link(target, words):
    """A link to a file beside the page."""
    from urllib.parse import quote

    return f'<a href="{html.escape(quote(target))}">{text(words)}</a>'


def table(heads, rows):
    """An HTML table; the cells are HTML already."""
    if not rows:
        return "<p>None.</p>"
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def bullets(items):
    """A list; the items are HTML already."""
    return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def meter(value, most):
    """A bar."""
    return f'<meter min="0" max="{most}" value="{value}">{value}</meter>'
