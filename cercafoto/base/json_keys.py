"""Declare which values of a result are in its JSON, and write results as JSON.

A class names the keys of its JSON object, in their order, with the decorator `json_keys`. Nothing
else gets into the JSON: a new field stays out until its key is declared.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, NamedTuple, TypeAlias, TypeVar

C = TypeVar("C", bound=type)
# Keys in their order. A text is the names of attributes, separated by spaces.
Keys: TypeAlias = "str | Key | tuple[Keys, ...]"

_ALWAYS = object()


class Key(NamedTuple):
    """One key of a JSON object.

    of: the attribute with the value, perhaps inside another ("counts.photos"), or a function that
        returns the value of an object; by default the attribute `name`.
    digits: decimals to which the value is rounded.
    columns: the value is a sequence of tuples, or a mapping; each becomes an object with these
        keys, in which a `Key` means the value at its place.
    inside: the value is an object with these keys, all of them about the object itself.
    unless: leave the key out if the object has this value.
    """

    name: str
    of: str | Callable[[Any], Any] = ""
    digits: int | None = None
    columns: Keys = ()
    inside: Keys = ()
    unless: object = _ALWAYS


PROBLEMS = Key("problems", columns="path reason")
MODEL = Key("model", inside=(Key("name", "model"), "fingerprint"))

# Class -> the keys of its objects.
DECLARED: dict[type, tuple[Key, ...]] = {}


def json_keys(*keys: Keys) -> Callable[[C], C]:
    """Declare the keys of the JSON objects that `as_data` makes of a class, see `Keys`."""

    def declare(declared: C) -> C:
        DECLARED[declared] = each_key(keys)
        return declared

    return declare


def within(attribute: str, names: str) -> tuple[Key, ...]:
    """Return keys for values inside the value of an attribute, which have the same names there."""
    return tuple(Key(name, f"{attribute}.{name}") for name in names.split())


def each_key(keys: Keys) -> tuple[Key, ...]:
    """Return the keys that these are, one by one."""
    if isinstance(keys, str):
        return tuple(map(Key, keys.split()))
    if isinstance(keys, Key):
        return (keys,)
    return tuple(key for part in keys for key in each_key(part))


def as_json(value: Any, *, one_line: bool = False) -> str:
    """Return a result as JSON text, accented letters unescaped, control characters escaped.

    Bytes of a path that are not valid text become lone surrogates, escaped: json.loads and
    os.fsencode restore the exact path.
    """
    text = json.dumps(as_data(value), ensure_ascii=False, indent=None if one_line else 2)
    lines = text.split("\n")
    return "\n".join(line if line.isprintable() else _ascii(line) for line in lines) + "\n"


def as_data(value: Any) -> Any:
    """Return a result as values that `json.dumps` accepts: objects as their classes declare,
    paths as texts. Raises TypeError for an object of another class."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, bytes):
        return os.fsdecode(value)
    if isinstance(value, PurePath):
        return str(value)
    if type(value) in DECLARED:
        return _object(DECLARED[type(value)], value)
    if isinstance(value, Mapping):
        return {key: as_data(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return [as_data(entry) for entry in value]
    raise TypeError(f"{type(value).__name__} declares no JSON keys")


def _object(keys: tuple[Key, ...], value: Any) -> dict[str, Any]:
    given = ((key, value if key.inside else _value(value, key.of or key.name)) for key in keys)
    return {key.name: _data(key, found) for key, found in given if found != key.unless}


def _data(key: Key, value: Any) -> Any:
    """Return the value of a key as JSON data."""
    if key.inside:
        return _object(each_key(key.inside), value)
    if key.columns:
        columns = each_key(key.columns)
        rows = value.items() if isinstance(value, Mapping) else value
        return [
            {column.name: _data(column, cell) for column, cell in zip(columns, row, strict=True)}
            for row in rows
        ]
    return as_data(value if key.digits is None or value is None else round(value, key.digits))


def _value(value: Any, of: str | Callable[[Any], Any]) -> Any:
    if not isinstance(of, str):
        return of(value)
    for attribute in of.split("."):
        value = None if value is None else getattr(value, attribute)
    return value


def _ascii(line: str) -> str:
    """Replace the unprintable characters of a line by JSON escapes."""
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)
