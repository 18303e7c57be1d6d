"""Write the published forms of the spec, the documentation and a collection for Bruno.

python -m spec.publish FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

from spec.bruno import write_collection
from spec.lenient import lenient, load
from spec.reference.documentation import write_pages

Json = dict[str, Any]


def write_forms(spec: Json, folder: Path) -> None:
    """Write the spec and its lenient form, as JSON and YAML."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, form in (("openapi", spec), ("openapi.lenient", lenient(spec))):
        text = json.dumps(form, ensure_ascii=False, indent=2)
        (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
        text = yaml.safe_dump(form, allow_unicode=True, sort_keys=False, width=100)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    spec, folder = load(), Path(sys.argv[1])
    write_forms(spec, folder)
    write_collection(spec, folder / "bruno")
    write_pages(spec, folder)
