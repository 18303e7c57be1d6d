"""The documentation in a real browser: complete in both languages, at a desk and on a phone."""

from __future__ import annotations

import json
import re
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from spec.lenient import load
from spec.publish import PAGES, write_pages
from spec.reference.languages import LANGUAGES, Language, said
from spec.reference.pages import operations
from tests.tools import tool

WIDTHS = {"desktop": 1280, "phone": 390}
PROBE = Path(__file__).with_name("probe.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    write_pages(load(), folder)
    return folder


@pytest.fixture(scope="session")
def rendered(site: Path) -> dict[str, Any]:
    """Return what the browser makes of each page, by language, name and width."""
    pages = [
        (f"{language} {page} {place}", width, (site / language / f"{page}.html").as_uri())
        for language in LANGUAGES
        for page in ["index", *PAGES["guides"], *PAGES["reference"]]
        for place, width in WIDTHS.items()
    ]
    probe = site / "probe.html"
    probe.write_text(PROBE.replace("PAGES", json.dumps(pages), 1), encoding="utf-8")
    dom = browse(probe, "--dump-dom", "--virtual-time-budget=60000")
    (found,) = re.findall(r'<pre id="found">(.*?)</pre>', dom, re.DOTALL)
    result: dict[str, Any] = json.loads(unescape(found))
    assert len(result) == len(pages)
    return result


def browse(page: Path, *options: str, query: str = "") -> str:
    """Return what a browser without a network prints for a page."""
    command = [tool("chromium"), "--headless", "--no-sandbox", "--disable-gpu"]
    # A file may read the frame of another file, and no name leads anywhere.
    command += ["--allow-file-access-from-files", "--host-resolver-rules=MAP * ~NOTFOUND"]
    done = subprocess.run(
        [*command, *options, page.as_uri() + query],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return done.stdout


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_wider_than_the_page_and_no_text_covers_another(
    rendered: dict[str, Any], language: str, width: str
) -> None:
    for name, page in rendered.items():
        if name.startswith(language) and name.endswith(width):
            assert page["scroll"] <= WIDTHS[width], name
            assert page["wide"] == [], name
            assert page["covered"] == [], name


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reference_shows_all_that_the_spec_knows(
    rendered: dict[str, Any], language: Language, width: str
) -> None:
    shown = plain(rendered[f"{language} reference {width}"]["text"])
    for text in known(language):
        assert plain(text) in shown, text


def known(language: Language) -> list[str]:
    """Return what a caller has to find: values, remedies, codes, rules of the call."""
    spec = load()
    found = list[str]()
    for schema in spec["components"]["schemas"].values():
        found += [said(text, language) for text in schema.get("x-enum-descriptions", [])]
    for response in spec["components"]["responses"].values():
        found += [said(response["description"], language), *response.get("x-error-codes", [])]
    for _, _, operation in operations(spec):
        found += [said(operation["x-idempotent"]["reason"], language)]
        found += [said(row["remedy"], language) for row in operation["x-error-codes"]]
        found += [row["title"] for row in operation["x-error-codes"] if language == "zh"]
    (scheme,) = spec["components"]["securitySchemes"].values()
    rules = scheme["x-wechatpay-signature"]["response"]["verification"]
    found += [said(one["rule"], language) for one in rules]
    own = {
        "en": [
            "unit: fen (1/100 yuan)",
            "refund_id of the response equals refund_id of the request",
            "When result is SUCCESS, FAILED.",
            *("Basic account", "Operating account", "FREQUENCY_LIMITED"),
        ],
        "zh": [
            "单位：分",
            "应答的 refund_id 应等于请求的 refund_id",
            "result 为 SUCCESS, FAILED 时",
            *("基本账户", "运营账户", "FREQUENCY_LIMITED"),
        ],
    }
    return [*found, *own[language]]


def plain(text: str) -> str:
    """Return a text without Markdown and without its spaces."""
    return re.sub(r"[`\s]", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reference_has_a_sample_in_each_language(
    rendered: dict[str, Any], language: str
) -> None:
    shown = rendered[f"{language} reference desktop"]["text"]
    for sample in ("Python", "TypeScript", "Go", "Java", "PHP", "Rust", "curl"):
        assert re.search(rf"^\s*{sample} · ", shown, re.MULTILINE), sample


def test_each_page_leads_to_itself_in_the_other_language(site: Path) -> None:
    for page in ["index", *PAGES["guides"], *PAGES["reference"]]:
        for language, other in (("en", "zh"), ("zh", "en")):
            text = (site / language / f"{page}.html").read_text(encoding="utf-8")
            (target,) = re.findall(r'class="language"><a href="([^"]+)"', text)
            assert (site / language / target).resolve() == site / other / f"{page}.html"


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for file in [*site.rglob("*.html"), *site.rglob("*.css")]:
        text = file.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"(\w+:)?//", text)
        assert not loaded, file
        assert not re.search(r"url\(\s*['\"]?(?:https?:)?//|@import", text), file


def test_a_public_name_of_the_packages_is_on_its_page(rendered: dict[str, Any]) -> None:
    import wechatpay_auth
    import wechatpay_ecommerce_refund as client

    for page, names in (("python-client", client.__all__), ("python-auth", wechatpay_auth.__all__)):
        for name in set(names) - {"errors"}:
            assert re.search(rf"\b{name}\b", rendered[f"en {page} desktop"]["text"]), name


@pytest.mark.parametrize(
    ("language", "word", "page"),
    [
        ("en", "NOT_ENOUGH", "errors"),
        ("en", "idempotency", "security"),
        ("zh", "余额不足", "errors"),
    ],
)
def test_the_search_finds_a_word(site: Path, language: str, word: str, page: str) -> None:
    found = browse(
        site / language / "search.html",
        "--dump-dom",
        "--virtual-time-budget=30000",
        query=f"?q={word}",
    )
    assert re.search(rf'<li[^>]*><a href="{page}.html', found), word
