"""Write the published forms of the spec: PUBLISHED.md says which.

    python -m spec.publish FOLDER

The page holds Redoc and the contract in one file, so that it opens offline. What Redoc has no
place for, the error table of an operation and the rules of verification, is added to the texts
that it shows.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from spec.lenient import METHODS, lenient, load

HERE = Path(__file__).parent
REDOC = HERE / "reference/node_modules/redoc/bundles/redoc.standalone.js"
COPIED = {
    **{name: name for name in ("openapi.yaml", "lenient.json")},
    **{name: name for name in ("signature.schema.json", "extensions.schema.json")},
    "README.md": "PUBLISHED.md",
    "CHANGELOG.md": "../CHANGELOG.md",
    "LICENSE": "../LICENSE",
}

Json = dict[str, Any]

CHINESE = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
FONTS = "system-ui, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
OPTIONS = {
    "expandResponses": "200",
    "hideDownloadButton": True,
    "nativeScrollbars": True,
    "theme": {"typography": {"fontFamily": FONTS, "headings": {"fontFamily": FONTS}}},
}
# Nothing may come from the network, so the page is the same without one.
PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;\
 script-src 'unsafe-inline'; style-src 'unsafe-inline'; worker-src blob:">
<title>{title}</title>
<style>
body {{ margin: 0 }}
img[src^="https:"] {{ display: none }}
td code {{ white-space: nowrap }}
</style>
<div id="reference"></div>
<script>{redoc}</script>
<script>Redoc.init({contract}, {options}, document.getElementById("reference"))</script>
</html>
"""


def page(contract: Json, redoc: str) -> str:
    """Return the reference page."""
    return PAGE.format(
        title=contract["info"]["title"],
        redoc=redoc.replace("</script", "<\\/script"),
        contract=_inline(explained(contract)),
        options=_inline(OPTIONS),
    )


def _inline(value: Json) -> str:
    """JSON that cannot end the script around it."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def explained(contract: Json) -> Json:
    """Return the contract with extensions told in the texts beside them."""
    # Markdown makes a space of a line's end, which does not belong between two Chinese characters.
    text = re.sub(rf"({CHINESE})\\n(?={CHINESE})", r"\1", json.dumps(contract, ensure_ascii=False))
    told: Json = json.loads(text)
    told["info"]["description"] += "\n# Signature · 签名\n\n<SecurityDefinitions />\n"
    for item in told["paths"].values():
        for operation in (item[method] for method in METHODS if method in item):
            operation["description"] += _errors(operation)
    for scheme in told["components"]["securitySchemes"].values():
        rules = scheme["x-wechatpay-signature"]["response"]["verification"]
        lines = [f"{place}. `{one['reason']}`: {one['rule']}" for place, one in enumerate(rules, 1)]
        scheme["description"] += "\n".join(
            ["\n**Verification, in order · 验签步骤**\n", *lines, ""]
        )
    return told


def _errors(operation: Json) -> str:
    rows = [
        f"| {row['status']} `{row['code']}` | {row['title']} · {row['meaning']} | {row['remedy']} |"
        for row in operation["x-error-codes"]
    ]
    mark = operation.get("x-idempotent")
    repeated = mark["reason"] if mark else "no, nothing says so. 否。"
    return "\n".join(
        [
            f"\n**May be repeated · 可重试**: {repeated}",
            "\n**Error codes · 错误码**\n",
            "| status and code 状态码与错误码 | meaning 含义 | remedy 处理 |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def publish(folder: Path, redoc: str) -> None:
    """Write all published forms into a folder, which is emptied first."""
    contract = load()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "openapi.json").write_text(_json(contract), encoding="utf-8")
    text = yaml.safe_dump(lenient(contract), allow_unicode=True, sort_keys=False, width=100)
    (folder / "lenient.yaml").write_text(text, encoding="utf-8")
    (folder / "index.html").write_text(page(contract, redoc), encoding="utf-8")
    for name, source in COPIED.items():
        shutil.copyfile(HERE / source, folder / name)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HERE / "vectors", folder / "vectors", ignore=ignored)


def _json(form: Json) -> str:
    return json.dumps(form, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    publish(Path(sys.argv[1]), REDOC.read_text(encoding="utf-8"))
