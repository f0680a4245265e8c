"""What the fonts of the letter can show, and where a word may break. Pure."""

import re
import unicodedata

LONGEST_WORD = 28
"""Characters of a word that fit into the narrowest column; longer ones may break anywhere."""
_SHOWN = re.compile(
    r"[\x20-\x7e\u00a0-\u017f\u0192\u0218-\u021b\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff"
    r"\u0400-\u045f\u1e00-\u1eff\u2010-\u2027\u2030-\u203a\u20ac\u2116\u2122\u2190-\u2193\u2212\u2248\u2260\u2264\u2265]"
)
_LONG = re.compile(rf"\S{{{LONGEST_WORD},}}")
_MAY_BREAK = "\u200b"


def printable(text: str) -> str:
    """The text as the letter shows it: a character without a glyph is named by its number, never an empty box."""
    named = "".join(
        each if _SHOWN.match(each) else f"[U+{ord(each):04X}]" for each in unicodedata.normalize("NFC", text)
    )
    return _LONG.sub(lambda found: _MAY_BREAK.join(found[0]), named)


def printable_all(said: object) -> object:
    """Every text within lists and objects."""
    if isinstance(said, str):
        return printable(said)
    if isinstance(said, list):
        return [printable_all(each) for each in said]
    if isinstance(said, dict):
        return {name: printable_all(each) for name, each in said.items()}
    return said
