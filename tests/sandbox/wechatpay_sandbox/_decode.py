"""Call a typed function with JSON arguments, refusing whatever does not fit its signature."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from typing import (
    Any,
    Literal,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

T = TypeVar("T")

Arguments: TypeAlias = dict[str, object]
Decoders: TypeAlias = Mapping[type, Callable[[object], object]]

_NONE: Decoders = types.MappingProxyType({})
_MANY = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


def as_object(value: object) -> Arguments:
    """Give a JSON object back, and refuse any other JSON value."""
    if isinstance(value, dict):
        return cast("Arguments", value)
    raise ValueError(f"{value!r} is not an object")


def call(function: Callable[..., T], arguments: Arguments, decoders: Decoders = _NONE) -> T:
    """Call with each argument checked against its annotation.

    `*names` is passed as a list under its own name, `**fields` as an object under its own.
    `decoders` say how values of types that JSON does not know are made.
    """
    hints = get_type_hints(function.__init__ if inspect.isclass(function) else function)
    positional: list[object] = []
    named: dict[str, object] = {}
    left = dict(arguments)
    for name, parameter in inspect.signature(function).parameters.items():
        if name not in left:
            if parameter.default is parameter.empty and parameter.kind not in _MANY:
                raise ValueError(f"{name}: missing")
            continue
        value = left.pop(name)
        if parameter.kind is parameter.VAR_POSITIONAL:
            if not isinstance(value, list):
                raise ValueError(f"{name}: not a list")
            items = cast("list[object]", value)
            positional.extend(decode(hints[name], item, name, decoders) for item in items)
        elif parameter.kind is parameter.VAR_KEYWORD:
            named |= as_object(value)
        else:
            named[name] = decode(hints[name], value, name, decoders)
    if left:
        raise ValueError(f"{min(left)}: unknown")
    return function(*positional, **named)


def decode(
    hint: Any,  # noqa: ANN401  # a type form
    value: object,
    where: str,
    decoders: Decoders = _NONE,
) -> object:
    """Give a JSON value as the annotated type, or raise `ValueError` that begins with `where`."""
    if hint in decoders:
        return decoders[hint](value)
    if get_origin(hint) is Literal:
        if value in get_args(hint):
            return value
    elif get_origin(hint) in {Union, types.UnionType}:
        for choice in get_args(hint):
            try:
                return decode(choice, value, where, decoders)
            except ValueError:
                continue
    elif is_dataclass(hint) and isinstance(value, dict):
        return call(cast("Callable[..., object]", hint), as_object(cast("object", value)))
    elif get_origin(hint) is dict and isinstance(value, dict):
        return as_object(cast("object", value))
    elif hint is float and type(value) is int:
        return float(value)
    elif type(value) is hint:  # not isinstance: a bool is no number here
        return value
    raise ValueError(f"{where}: {value!r} is not of type {getattr(hint, '__name__', hint)}")
