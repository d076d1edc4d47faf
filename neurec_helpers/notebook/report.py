"""One HTML file of all notebooks that ran; it needs neither a network nor other files."""

import copy
import html
import re

from neurec_helpers.language import current_language, notebooks_folder, tr
from neurec_helpers.paths import LESSON

HEADING = re.compile(r"^(#{1,2}) +(.+?) *#*$", re.MULTILINE)
LINK = re.compile(r"\]\((\d\d_\w+)\.ipynb(?:#[^)]*)?\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)

# nbconvert's own page loads MathJax, RequireJS and Mermaid from the network and knows no alt text.
TEMPLATE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_css -%}
<style>
main { max-width: 60rem; margin: 0 auto; }
.jp-RenderedImage img { max-width: 100%; }
.jp-RenderedHTMLCommon table { margin-left: 0; }
.jp-RenderedHTMLCommon th, .jp-RenderedHTMLCommon td { text-align: left; }
details.neurec-solution > summary {
  margin-left: 5.5rem; cursor: pointer; font-family: sans-serif; font-size: 0.9rem;
}
/* JupyterLab's greys, green and violet are too pale to be read by all. */
body[data-jp-theme-light="true"] {
  --jp-cell-prompt-not-active-opacity: 1;
  --jp-mirror-editor-comment-color: #306464;
  --jp-mirror-editor-number-color: #060;
  --jp-mirror-editor-operator-color: #70b;
}
.jp-InputPrompt, .jp-OutputPrompt { opacity: 1; color: var(--md-grey-700); }
.jp-RenderedHTMLCommon a:link { text-decoration: underline; }
.jp-RenderedHTMLCommon li { line-height: 1.9; }
</style>
{%- endblock -%}
{%- block input_group -%}
{%- if cell.metadata.get('jupyter', {}).get('source_hidden') -%}
<details class="neurec-solution"><summary>{{ resources.solution }}</summary>{{ super() }}</details>
{%- else -%}
{{ super() }}
{%- endif -%}
{%- endblock -%}
{%- block data_png scoped -%}
<div class="jp-RenderedImage jp-OutputArea-output">
<img alt="{{ output | get_metadata('alt', 'image/png') or resources.plot | escape_html }}"
 src="data:image/png;base64,{{ output.data['image/png'] | escape_html }}">
</div>
{%- endblock -%}
"""


def make_report(notebooks, rows):
    """HTML of several notebooks with a table of contents.

    Parameters
    ----------
    notebooks : dict
        {name without ending: nbformat.NotebookNode}, in the order in which they are to stand.
    rows : list of (str, str)
        Label and value of each line of the lesson's card, shown at the top.

    Returns
    -------
    str
        Relative links in the notebooks hold from a folder beside ``notebooks/``.
    """
    from jinja2 import DictLoader
    from nbconvert import HTMLExporter
    from nbformat.v4 import new_markdown_cell, new_notebook

    cells = [new_markdown_cell(_front_page(notebooks, rows), id="contents")]
    for name, nb in notebooks.items():
        cells += [_for_report(cell, name, notebooks) for cell in nb.cells]
    metadata = {"title": tr("neurec: the lesson"), "language_info": {"name": "python"}}
    words = {"solution": tr("Show the solution"), "plot": tr("Plot")}
    exporter = HTMLExporter(
        extra_loaders=[DictLoader({"report.html.j2": TEMPLATE})],
        template_file="report.html.j2",
        exclude_anchor_links=True,
        language_code=current_language(),
    )
    page, _ = exporter.from_notebook_node(new_notebook(cells=cells, metadata=metadata), words)
    return page


def _anchor(name, cell_id):
    return f"{name}-{cell_id}"


def _for_report(cell, name, notebooks):
    cell = copy.deepcopy(cell)
    cell.id = _anchor(name, cell.id)
    if cell.cell_type == "markdown":
        cell.source = LINK.sub(
            lambda match: f"]({_target(match.group(1), notebooks)})", cell.source
        )
        # Editions in other languages lie one folder deeper than the report.
        cell.source = cell.source.replace("](../../", "](../")
    return cell


def _target(name, notebooks):
    if name in notebooks:
        return f"#cell-id={_anchor(name, notebooks[name].cells[0].id)}"
    return f"../{notebooks_folder().relative_to(LESSON).as_posix()}/{name}.ipynb"


def _front_page(notebooks, rows):
    table = "".join(
        f"<tr><th>{html.escape(label)}</th><td>{html.escape(value)}</td></tr>"
        for label, value in rows
    )
    contents = "".join(_contents(name, nb) for name, nb in notebooks.items())
    return tr(
        "# The lesson, as it ran here\n\n<table>{table}</table>\n\n"
        "## Contents\n\n<ul>{contents}</ul>\n",
        table=table,
        contents=contents,
    )


def _contents(name, nb):
    entries = []
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            for level, text in HEADING.findall(FENCE.sub("", cell.source)):
                target = html.escape(f"#cell-id={_anchor(name, cell.id)}")
                entries.append((len(level), f'<a href="{target}">{_plain(text)}</a>'))
    titles = [link for level, link in entries if level == 1] or [html.escape(name)]
    sections = "".join(f"<li>{link}</li>" for level, link in entries if level == 2)
    return f"<li>{titles[0]}<ul>{sections}</ul></li>"


def _plain(text):
    return html.escape(re.sub(r"[`*]", "", text))
