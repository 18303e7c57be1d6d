"""What changed in the public names and signatures of the generated package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import griffe

from .rules import Change, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Names added and removed, signatures changed, and what griffe calls breaking."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[tuple[str, str, str], ...]
    breaking: tuple[str, ...]

    def changes(self) -> list[Change]:
        """Return the difference as changes."""
        found = [Change(Step.MAJOR, "Python", told, ("Python",)) for told in self.breaking]
        told = {text.split(":")[0] for text in self.breaking}
        for name in self.removed:
            if not any(name == other or name.startswith(f"{other}.") for other in told):
                found.append(Change(Step.MAJOR, "Python", f"{name} removed", ("Python",)))
        found += [Change(Step.MINOR, "Python", f"{name} added") for name in self.added]
        return found


def difference(old: Path, new: Path) -> Difference:
    """Compare two folders of the package."""
    packages = [_load(folder) for folder in (old, new)]
    before, after = (dict(_public(package)) for package in packages)
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(
            (name, before[name], after[name])
            for name in sorted(before.keys() & after.keys())
            if before[name] != after[name]
        ),
        breaking=tuple(_breakages(*packages)),
    )


def _load(folder: Path) -> griffe.Object:
    loaded = griffe.load(
        folder.name, search_paths=[str(folder.parent)], allow_inspection=False, resolve_aliases=True
    )
    if isinstance(loaded, griffe.Alias):
        return loaded.final_target
    return loaded


def _breakages(old: griffe.Object, new: griffe.Object) -> list[str]:
    """Return what griffe calls breaking; values of annotated attributes are no promise."""
    found: set[str] = set()
    for breakage in griffe.find_breaking_changes(old, new):
        kind, one = breakage.kind, breakage.obj
        typed = isinstance(one, griffe.Attribute) and one.annotation is not None
        if not (typed and kind is griffe.BreakageKind.ATTRIBUTE_CHANGED_VALUE):
            found.add(f"{one.canonical_path.partition('.')[2]}: {kind.value}{_what(breakage)}")
    return sorted(found)


def _what(breakage: griffe.Breakage) -> str:
    """Say which parameter or what kind of value it is about, where griffe knows."""
    values = [getattr(breakage, name, None) for name in ("old_value", "new_value")]
    names = [one.name for one in values if isinstance(one, griffe.Parameter)]
    return f" ({', '.join(dict.fromkeys(names))})" if names else ""


def _public(package: griffe.Object, prefix: str = "") -> list[tuple[str, str]]:
    """Return public names with their signatures, those of modules included."""
    found: list[tuple[str, str]] = []
    for name, member in package.members.items():
        if name.startswith("_") or member.is_alias:
            continue
        path = f"{prefix}{name}"
        if isinstance(member, griffe.Module):
            found += _public(member, f"{path}.")
        elif isinstance(member, griffe.Class):
            bases = ", ".join(map(str, member.bases))
            found += [(path, f"class({bases})"), *_public(member, f"{path}.")]
        elif isinstance(member, griffe.Function):
            found.append((path, _signature(member)))
        elif isinstance(member, griffe.Attribute):
            # The value behind an annotation is nobody's business but the package's.
            found.append((path, str(member.annotation or member.value or "")))
    return found


def _signature(function: griffe.Function) -> str:
    parameters = ", ".join(map(str, function.parameters))
    return f"({parameters}) -> {function.returns}"
