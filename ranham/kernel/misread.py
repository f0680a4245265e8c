"""What is wrong with variables of the environment, by their own names. Values are not shown, as anybody may paste a
password into the wrong line; numbers are."""

import re
from collections.abc import Collection

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from ranham.kernel.errors import Finding

NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
FIELD = re.compile(r'for field "(\w+)"')
EXPECTED = {
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "bool_parsing": "true or false",
    "dict_type": "JSON, an object in braces",
    "model_type": "JSON, an object in braces",
    "dataclass_type": "JSON, an object in braces",
    "extra_forbidden": "no such name there",
    "missing": "a value",
}
"""By the kind of error, where the library's words would not end our sentence."""


def misread(error: ValidationError | SettingsError, prefix: str, *, files: Collection[str] = ()) -> list[Finding]:
    """One finding for each variable; those in `files` were read from the file that `..._FILE` names."""
    if isinstance(error, SettingsError):  # it names the field in its sentence only
        named = FIELD.search(str(error))
        return [Finding(_variable(prefix, named[1] if named else "...", files), "no JSON", "JSON")]
    return [
        Finding(_place(prefix, each["loc"], files), _found(each), _expected(each))
        for each in error.errors(include_url=False)
    ]


def found(said: str) -> str:
    """What a variable holds, as far as it may be shown."""
    if said == "":
        return "an empty value"
    return said if NUMBER.fullmatch(said) else "something else (not shown)"


def _variable(prefix: str, field: str, files: Collection[str]) -> str:
    name = prefix + field.upper()
    return f"{name}_FILE" if name in files else name


def _place(prefix: str, parts: tuple[int | str, ...], files: Collection[str]) -> str:
    within = ", ".join(str(part) for part in parts[1:])
    name = _variable(prefix, str(parts[0]) if parts else "...", files)
    return f"{name} ({within})" if within else name


def _found(each: ErrorDetails) -> str:
    if "found" in each.get("ctx", {}):
        return str(each["ctx"]["found"])
    if each["type"] == "missing":
        return "nothing"
    said = each["input"]
    if isinstance(said, dict | list):
        return "an object" if isinstance(said, dict) else "a list"
    return found(str(said))


def _expected(each: ErrorDetails) -> str:
    words = each["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if words.startswith(("greater than", "less than")):
        return f"a number {words}"
    return EXPECTED.get(each["type"], words)
