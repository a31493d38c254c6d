"""Frozen dataclasses of numbers, words and each other as JSON objects, and back with every type checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")
_LEAF = re.compile(r"[{\[][^{}\[\]]*[}\]]")


def record_json(record: Any) -> dict[str, Any]:
    """A record as a JSON object; tuples become lists."""
    return asdict(record)


def record_from_json(kind: type[Record], content: Any) -> Record:
    """Back from `record_json`; fields that have a default may be missing.

    Raises:
        ValueError: a field is missing, unknown, or of another type.
    """
    if not isinstance(content, Mapping):
        raise ValueError(f"{kind.__name__} is an object, not {type(content).__name__}")
    types, required = _fields_of(kind)  # type: ignore[arg-type]  # mypy takes the class for unhashable
    if content.keys() - types.keys() or required - content.keys():
        odd = ", ".join(sorted((content.keys() - types.keys()) | (required - content.keys())))
        raise ValueError(f"{kind.__name__}: unknown or missing {odd}")
    return kind(**{name: _value(types[name], value, f"{kind.__name__}.{name}") for name, value in content.items()})


def flat_leaves(text: str) -> str:
    """Indented JSON with every innermost object or list on one line."""
    return _LEAF.sub(lambda found: re.sub(r"\s*\n\s*", " ", found[0]), text)


@lru_cache(maxsize=64)
def _fields_of(kind: type[Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """Types of the fields by name, and the names that have no default."""
    missing = frozenset(f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING)
    return get_type_hints(kind), missing


def _value(wanted: Any, value: Any, place: str) -> Any:
    origin = get_origin(wanted)
    if origin in (Union, UnionType):
        if value is None and NoneType in get_args(wanted):
            return None
        (inner,) = (kind for kind in get_args(wanted) if kind is not NoneType)
        return _value(inner, value, place)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{place} is a list")
        return tuple(_value(get_args(wanted)[0], element, place) for element in value)
    if is_dataclass(wanted) and isinstance(wanted, type):
        return record_from_json(wanted, value)
    if wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, wanted) or isinstance(value, bool) is not (wanted is bool):
        raise ValueError(f"{place} is {wanted.__name__}, not {type(value).__name__}")
    return value
