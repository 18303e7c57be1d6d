"""Write the published forms of the spec, the documentation in two languages and a Bruno collection.

    python -m spec.publish FOLDER

Sphinx makes the pages of guides, READMEs, docstrings and the spec. They open offline and load
nothing from elsewhere.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from spec.bruno import write_collection
from spec.lenient import lenient, load
from spec.reference.languages import LANGUAGES, Language, joined
from spec.reference.pages import Errors, Reference

ROOT = Path(__file__).parents[1]
GUIDES = ROOT / "spec" / "reference"
COPIED = {
    "openapi.yaml": "spec/openapi.yaml",
    "lenient.json": "spec/lenient.json",
    "signature.schema.json": "spec/signature.schema.json",
    "extensions.schema.json": "spec/extensions.schema.json",
    "README.md": "spec/PUBLISHED.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "LICENSE": "LICENSE",
}
SPHINX_NAMES = {"en": "en", "zh": "zh_CN"}
# The READMEs of the rooms are the English guides about them; Chinese has guides of its own.
ROOMS = {
    "auth": "auth/README.md",
    "sandbox": "tests/sandbox/README.md",
    "examples": "tests/examples/README.md",
    "spec": "spec/README.md",
    "vectors": "spec/vectors/README.md",
    "security": "SECURITY.md",
}
PAGES = {
    "guides": [
        *("results", "transports", "sandbox", "auth", "examples", "by-hand", "spec", "vectors"),
        "security",
    ],
    "reference": ["reference", "errors", "python-client", "python-auth"],
}
TITLES = {"README.md": "微信支付垫付退款回补", "SECURITY.md": "安全"}
# In the list of pages, a room has the name of what its README is about.
SHORT = {
    "sandbox": "Sandbox",
    "auth": "Signing and verification",
    "spec": "Other languages: the spec",
    "vectors": "Test vectors",
}
CAPTIONS = {
    "en": {"guides": "Guides", "reference": "Reference"},
    "zh": {"guides": "指南", "reference": "参考"},
}
LINK = re.compile(r"\[([^\]]*)\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)")
CHOICE = """<!doctype html>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>WeChat Pay return-advance · 微信支付垫付退款回补</title>
<body style="font: 1.2rem system-ui, sans-serif; margin: 3rem; line-height: 2">
<p><a href="en/index.html" lang="en" hreflang="en">English</a></p>
<p><a href="zh/index.html" lang="zh-CN" hreflang="zh-CN">中文</a></p>
"""

Json = dict[str, Any]


def sources(spec: Json, language: Language) -> dict[str, str]:
    """Return the text of each page in a language, as Markdown."""
    files = {file.stem: file for file in sorted((GUIDES / language).glob("*.md"))}
    if language == "en":
        files |= {name: ROOT / file for name, file in ROOMS.items()}
    texts = {name: (file, file.read_text(encoding="utf-8")) for name, file in files.items()}
    for name, file in (("index", ROOT / "README.md"), ("security", ROOT / "SECURITY.md")):
        texts[name] = (file, _part(file, language))
    every = [*texts, *PAGES["reference"]]
    names = {(GUIDES / one / f"{name}.md"): name for one in LANGUAGES for name in every}
    names |= {ROOT / file: name for name, file in ROOMS.items()} | {ROOT / "README.md": "index"}
    pages = {name: relinked(joined(text), file, names) for name, (file, text) in texts.items()}
    pages |= {
        "reference": Reference(spec, language).text(),
        "errors": Errors(spec, language).text(),
    }
    for part, listed in PAGES.items():
        short = SHORT if language == "en" else {}
        entries = [f"{short[name]} <{name}>" if name in short else name for name in listed]
        head = ["", "```{toctree}", ":hidden:", f":caption: {CAPTIONS[language][part]}", ""]
        pages["index"] += "\n".join([*head, *entries, "```", ""])
    return pages


def _part(file: Path, language: Language) -> str:
    """Return the part in a language of a file with both, as a page of its own."""
    english, title, chinese = re.split(
        r"^## (中文.*)\n", file.read_text(encoding="utf-8"), flags=re.M
    )
    if language == "zh":
        return f"# {TITLES[file.name]}\n{re.sub('^###', '##', chinese, flags=re.M)}"
    return re.sub(rf"\*\*English\*\* · .*\n|\s\(\[{title}\]\(#{title}\)\)", "", english)


def relinked(text: str, file: Path, names: dict[Path, str]) -> str:
    """Lead links to the page that a file became; a file that became none is named only."""

    def target(link: re.Match[str]) -> str:
        label, path, anchor = link[1], link[2], link[3] or ""
        if not path:
            return link[0]
        place = (file.parent / path).resolve()
        if place in names:
            return f"[{label}]({names[place]}.md{anchor})"
        if not place.exists():
            raise ValueError(f"{file}: the link to {path} leads nowhere")
        shown = place.relative_to(ROOT).as_posix()
        return f"`{shown}`" if "/" in label or label in shown else f"{label} (`{shown}`)"

    return LINK.sub(target, text)


def write_forms(spec: Json, folder: Path) -> None:
    """Write what PUBLISHED.md lists, apart from pages and collection, into an emptied folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, file in COPIED.items():
        shutil.copyfile(ROOT / file, folder / name)
    text = json.dumps(spec, ensure_ascii=False, indent=2)
    (folder / "openapi.json").write_text(f"{text}\n", encoding="utf-8")
    text = yaml.safe_dump(lenient(spec), allow_unicode=True, sort_keys=False, width=100)
    (folder / "lenient.yaml").write_text(text, encoding="utf-8")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "spec" / "vectors", folder / "vectors", ignore=ignored)


def write_pages(spec: Json, folder: Path) -> None:
    """Build the pages in each language; a warning of Sphinx is an error."""
    for language in LANGUAGES:
        with TemporaryDirectory() as made:
            for name, text in sources(spec, language).items():
                (Path(made) / f"{name}.md").write_text(text, encoding="utf-8")
            options = ["-q", "-E", "--fail-on-warning", "--keep-going", "-c", str(GUIDES)]
            options += ["-d", f"{made}/.doctrees", "-D", f"language={SPHINX_NAMES[language]}"]
            subprocess.run(  # noqa: S603 - Sphinx with options of our own
                [sys.executable, "-m", "sphinx", *options, made, str(folder / language)], check=True
            )
    (folder / "index.html").write_text(CHOICE, encoding="utf-8")


if __name__ == "__main__":
    spec, folder = load(), Path(sys.argv[1])
    write_forms(spec, folder)
    write_collection(spec, folder / "bruno")
    write_pages(spec, folder)
