"""Notebooks as they ran while being graded, to be looked at: sources, texts and pictures."""

import base64
import json

from neurec_helpers.classroom.pages import page, text
from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text

MOST_TEXT = 20_000  # characters of one output
PICTURE = b"\x89PNG\r\n\x1a\n"


def write_pages(folder, key, student):
    """Write an HTML page beside each notebook of a submission.

    Only text and PNG pictures are shown. Other outputs, HTML above all, are a stranger's program
    in the teacher's browser.

    Parameters
    ----------
    folder : Path
        Holds a folder for each key.
    key, student : str

    Returns
    -------
    list of Path
        The pages.
    """
    pages = []
    for path in sorted((folder / key).glob("*.ipynb")):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            parts = [part for cell in cells for part in _cell(cell)]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            parts = [f"<p>It can't be shown: {text(type(error).__name__)}.</p>"]
        target = path.with_suffix(".html")
        try:
            write_text(page(f"{student}: {path.stem}", parts), target)
        except NeurecError:
            continue
        pages.append(target)
    return pages


def _cell(cell):
    source = "".join(cell["source"])
    if cell["cell_type"] != "code":
        return [f"<pre>{text(source)}</pre>"]
    count = cell.get("execution_count")
    parts = [f'<p>[{text(count if count else " ")}]</p><pre class="code">{text(source)}</pre>']
    return parts + [_output(output) for output in cell.get("outputs", [])]


def _output(output):
    data = output.get("data", {})
    picture = _picture("".join(data.get("image/png", "")))
    if picture:
        return f'<img alt="a plot" src="data:image/png;base64,{picture}">'
    if output.get("output_type") == "error":
        said = f"{output.get('ename')}: {output.get('evalue')}"
    else:
        said = "".join(output.get("text") or data.get("text/plain") or "")
    return f"<pre>{text(said[:MOST_TEXT])}</pre>" if said else ""


def _picture(text):
    """A PNG picture coded anew, so that nothing else comes with it; empty if it is none."""
    try:
        raw = base64.b64decode(text)
    except ValueError:
        return ""
    return base64.b64encode(raw).decode() if raw.startswith(PICTURE) else ""
