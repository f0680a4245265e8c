"""Identifiers of DHIS2, made from what they name: the same thing has the same one in every release. Pure."""

import hashlib
import string
from functools import cache

from ranham.release.content import Header

LETTERS = string.ascii_letters
SIGNS = string.ascii_letters + string.digits
DEFAULT_COMBINATION = "bjDvmb4bfuf"
"""Category combination "default" of DHIS2 since it has a fixed identifier; an older server may have another."""


@cache
def uid(*parts: str | None) -> str:
    """11 characters, the first a letter, from the SHA-256 of the parts. What tells them apart is the parts alone."""
    spelled = "\x1f".join("" if part is None else "=" + part for part in ("ranham", *parts))
    number = int.from_bytes(hashlib.sha256(spelled.encode()).digest())
    number, first = divmod(number, len(LETTERS))
    rest = []
    for _ in range(10):
        number, sign = divmod(number, len(SIGNS))
        rest.append(SIGNS[sign])
    return LETTERS[first] + "".join(rest)


def place(level: str, code: str | None, name: str) -> str:
    """An organisation unit; one without a code goes by its name."""
    if level == "national":
        return uid("unit", "national")
    return uid("unit", level, code) if code is not None else uid("unit", level, None, name)


def element(figure: str, side: str, scope: str, breakdown: str) -> str:
    return uid("element", figure, side, scope, breakdown)


def breakdown(target_group: str | None, action: str | None) -> str:
    """What a data element is divided by. Totals are elements of their own: DHIS2 would add them to their parts."""
    by = [name for name, part in (("target group", target_group), ("action", action)) if part is not None]
    return " and ".join(by) or "total"


def option(target_group: str | None, action: str | None) -> str:
    return uid("option", target_group, action)


def option_combination(target_group: str | None, action: str | None) -> str:
    return uid("option combination", target_group, action)


def period(header: Header) -> str:
    """The closing month, as `202208`: DHIS2 has no period of four months. A plan year is `2022`."""
    return str(header.year) if header.closing_month is None else f"{header.year}{header.closing_month:02d}"


def period_type(header: Header) -> str:
    return "Yearly" if header.closing_month is None else "Monthly"
