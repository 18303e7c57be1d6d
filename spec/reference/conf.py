"""Settings of Sphinx for both languages; `spec.publish` gives the language and the pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.search import SearchLanguage

HERE = Path(__file__).parent

project = "WeChat Pay return-advance"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
# Quotes stay as they are written, and samples may leave something out with an ellipsis.
smartquotes_action = "D"
suppress_warnings = ["misc.highlighting_failure"]
# In docstrings, single backticks mean code.
default_role = "code"
napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_static_path = [str(HERE / "static")]
html_css_files = ["reference.css"]
templates_path = [str(HERE / "templates")]
html_show_copyright = False
# A page that was opened from a file may not fetch another one.
html_show_search_summary = False
html_copy_source = False
html_show_sourcelink = False
TITLES = {"en": "WeChat Pay return-advance", "zh_CN": "微信支付垫付退款回补"}
# The folder of the other language, its code, and its name.
OTHER = {"en": ("zh", "zh-CN", "中文"), "zh_CN": ("en", "en", "English")}


class Chinese(SearchLanguage):
    """Sphinx finds Chinese words only with jieba, which nobody keeps; two characters do as well."""

    lang = "zh"
    language_name = "Chinese"
    js_splitter_code = r"""
var splitQuery = function (query) {
  const pairs = (query.match(/[\u4e00-\u9fff]+/g) || []).flatMap(function (run) {
    const joined = function (one, at) { return run[at] + one; };
    return run.length === 1 ? [run] : [...run.slice(1)].map(joined);
  });
  return pairs.concat(query.match(/[A-Za-z0-9_]+/g) || []);
};
"""

    def split(self, input: str) -> list[str]:  # noqa: A002 - the name is Sphinx's
        """Return Latin words and each two neighbouring characters."""
        runs = re.findall(r"[\u4e00-\u9fff]+", input)
        pairs = [run[at : at + 2] for run in runs for at in range(len(run) - 1)]
        return pairs + re.findall(r"[A-Za-z0-9_]+", input)

    def stem(self, word: str) -> str:
        """Return the word as the query has it."""
        return word.lower()


def setup(app: Any) -> None:  # noqa: ANN401 - Sphinx calls it with its application
    """Name the site in its language, show drawings in docstrings as drawn, offer the switch."""
    app.config.html_title = TITLES[app.config.language]
    app.config.html_context["other"] = OTHER[app.config.language]
    app.add_search_language(Chinese)
    app.connect("autodoc-process-docstring", _readable)


def _readable(*event: Any) -> None:  # noqa: ANN401 - what Sphinx says of a docstring
    """Make reST of plain text: trees are drawn, bullets go on in the next line."""
    lines: list[str] = event[-1]
    if any("├" in line for line in lines):
        drawn = [place for place, line in enumerate(lines) if set("├└│") & set(line)]
        first, last = drawn[0] - 1, drawn[-1] + 1
        lines[first:last] = ["::", "", *(f"   {line}" for line in lines[first:last]), ""]
    inside = False
    for place, line in enumerate(lines):
        if inside and line and not line.startswith(("- ", " ")):
            lines[place] = f"  {line}"
        inside = line.startswith("- ") or (inside and bool(line))
