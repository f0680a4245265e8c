"""What a person typed into a cell, as the value that the schema expects; what fits nothing goes on as it is."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any


def blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def as_it_is(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else as_it_is(value)


def _text(value: Any) -> Any:
    value = _whole(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _yes(value: Any) -> Any:
    return {"ya": True, "tidak": False}.get(value.strip().lower(), value) if isinstance(value, str) else value


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) and value.time() == time() else as_it_is(value)


def _list(value: Any) -> list[Any]:
    return [part.strip() for part in value.split(";") if part.strip()] if isinstance(value, str) else [value]


def _include(value: Any) -> Any:
    return "all" if as_it_is(value) in ("all", "semua") else _list(value)


def _links(value: Any) -> list[Any]:
    return [
        dict(zip(("scheme", "code"), map(str.strip, str(part).split(":", 1)), strict=False)) for part in _list(value)
    ]


def _tiers(value: Any) -> list[Any]:
    """`pre_check:5:ya; central:3:tidak`"""
    made = []
    for part in _list(value):
        fields = [piece.strip() for piece in str(part).split(":")]
        tier: dict[str, Any] = dict(zip(("name", "days", "escalates"), fields, strict=False))
        if tier.get("days", "").isdecimal():
            tier["days"] = int(tier["days"])
        if "escalates" in tier:
            tier["escalates"] = _yes(tier["escalates"])
        made.append(tier)
    return made


def _time(value: Any) -> Any:
    return f"{value:%H:%M}" if isinstance(value, time | datetime) else as_it_is(value)


READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text, "int": _whole, "bool": _yes, "date": _day, "list": _list, "include": _include, "links": _links,
    "tiers": _tiers, "time": _time,
}  # fmt: skip
