"""Templates in words: which there are, where they lie, and how they become subject, text and HTML."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ranham.kernel.errors import NotFound
from ranham.reminder.content.words import LANGUAGES, Language, clean

log = logging.getLogger("ranham.reminder")

OWN = Path(__file__).parent / "templates"
PARTS = frozenset({"layout", "short", "words"})
"""Files that hold no message but the frame of all of them."""


@dataclass(frozen=True, slots=True)
class Written:
    subject: str
    text: str
    html: str


def render(template: str, language: Language, said: Mapping[str, Any], *, overrides: Path | None = None) -> Written:
    """One message, from one wording and the frame around it, so that text and HTML cannot say different things.

    An office's own template that does not work is logged, and ours is taken: a deadline is told of all the same.
    """
    try:
        return _render(template, language, said, overrides)
    except TemplateError as broken:
        if overrides is None:
            raise
        log.error("template %s/%s of %s does not work, ours is used: %s", language, template, overrides, broken)  # noqa: TRY400
        return _render(template, language, said, None)


def _render(template: str, language: Language, said: Mapping[str, Any], overrides: Path | None) -> Written:
    environment = _environment(overrides)
    try:
        wording = environment.get_template(f"{language}/{template}.txt")
    except TemplateNotFound as missing:
        raise NotFound(f"no message template {language}/{template}.txt") from missing
    context = wording.new_context(dict(said))
    subject, lead, ask = ("".join(wording.blocks[name](context)) for name in ("subject", "lead", "ask"))
    label = said["simulated"]
    subject = clean(f"[{label}] {subject}" if label else subject)
    shown = dict(said) | {
        "language": language,
        "subject": subject,
        "lead": "\n\n".join(_paragraphs(lead)),
        "ask": "\n\n".join(_paragraphs(ask)),
        "lead_paragraphs": _paragraphs(lead),
        "ask_paragraphs": _paragraphs(ask),
    }
    frame = {
        # One frame for all languages; an office may have one of its own for a language.
        ending: environment.select_template([f"{language}/layout.{ending}", f"layout.{ending}"]).render(shown)
        for ending in ("txt", "html")
    }
    return Written(subject, _tidy(frame["txt"]), frame["html"])


def render_short(language: Language, said: Mapping[str, Any], subject: str, *, overrides: Path | None = None) -> str:
    """The same in one line, for messengers and text messages. The subject may carry the label of simulated data."""
    plain = subject.removeprefix(f"[{said['simulated']}] ")
    shown = dict(said) | {"subject": plain}
    return clean(_environment(overrides).get_template(f"{language}/short.txt").render(shown))


def known_templates(overrides: Path | None = None) -> frozenset[str]:
    """Templates that exist in every language."""
    folders = [OWN, *([overrides] if overrides else [])]
    there = [{path.stem for folder in folders for path in (folder / each).glob("*.txt")} for each in LANGUAGES]
    return frozenset(set.intersection(*there) - PARTS)


@lru_cache(maxsize=8)
def _environment(overrides: Path | None) -> ImmutableSandboxedEnvironment:
    folders = [FileSystemLoader(OWN)]
    if overrides is not None:
        folders.insert(0, FileSystemLoader(overrides))
    # Sandboxed: wording is configuration of an office and must not reach into the engine.
    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader(folders),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _paragraphs(said: str) -> list[str]:
    return [clean(each) for each in said.split("\n\n") if each.strip()]


def _tidy(text: str) -> str:
    """No spaces at the ends of lines and never two empty lines, whichever parts were left out."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line.rstrip())
    return "\n".join(lines).strip() + "\n"


def own_page(name: str, said: Mapping[str, Any]) -> str:
    """A page that no office replaces: what it does is ours to answer for."""
    return _environment(None).get_template(name).render(said)
