"""The published forms say what the spec says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from spec.lenient import lenient, load
from spec.publish import write_forms


def test_every_form_is_the_spec_or_its_lenient_form(tmp_path: Path) -> None:
    write_forms(load(), tmp_path / "new" / "folder")
    for name, form in (("openapi", load()), ("openapi.lenient", lenient(load()))):
        for suffix in ("json", "yaml"):
            text = (tmp_path / "new" / "folder" / f"{name}.{suffix}").read_text(encoding="utf-8")
            assert (json.loads(text) if suffix == "json" else yaml.safe_load(text)) == form
            assert "垫付退款回补" in text
    assert re.search(r"^\s*[\w-]+: [&*]", text, re.MULTILINE) is None, "an alias of YAML"
