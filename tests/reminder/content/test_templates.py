"""Every template in both languages, with the worst data: what the text says the HTML says too."""

import html
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2.exceptions import SecurityError, UndefinedError

from ranham.reminder.content.facts import days_left
from ranham.reminder.content.rendering import OWN, Written, known_templates, render, render_short
from ranham.reminder.content.saying import SHOWS, Matter, say
from ranham.reminder.content.words import LANGUAGES, Language, both_clocks, end_words
from tests.reminder.content import awkward

TEMPLATES = sorted(SHOWS)
EACH = pytest.mark.parametrize("language", LANGUAGES)
OF_ALL = pytest.mark.parametrize("template", TEMPLATES)


class Reading(HTMLParser):
    """What a person reads of a page, and what it is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "background")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return squeezed(" ".join(self.words))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def written(template: str, language: Language, matter: Matter | None = None, *, courtesy: bool = False) -> Written:
    about = matter or awkward.matter(template)
    said = say(about, awkward.reader(courtesy=courtesy), awkward.OFFICE, language=language, now=awkward.NOW)
    return render(template, language, said)


def test_the_wordings_of_both_languages_are_the_same_set() -> None:
    assert known_templates() == {*TEMPLATES, "contact_confirmation", "contact_correction", "release_published"}
    names = [{path.name for path in (OWN / language).iterdir()} for language in LANGUAGES]
    assert names[0] == names[1]


@EACH
@OF_ALL
def test_text_and_html_carry_the_same_facts(template: str, language: Language) -> None:
    made = written(template, language, courtesy=True)
    page = Reading(made.html)
    about = awkward.matter(template)
    facts = ["https://ranham.example/", "bantuan@ranham.example", "https://ranham.example/api/v1/contacts/abc"]
    facts += ["https://ranham.example/api/v1/contacts/def", "siti@banten.go.id"]
    if about.unit:
        facts += [each.title for each in about.unit.actions] + [each.code for each in about.unit.actions]
    facts += [each.named for each in about.units] + [each.unit for each in about.readings]
    if about.deadline:
        facts.append(end_words(about.deadline, awkward.reader().zone, language))
    for fact in facts:
        assert squeezed(fact) in squeezed(made.text), fact
        assert squeezed(fact) in page.text, fact


@EACH
@OF_ALL
def test_nothing_of_the_data_becomes_markup_and_nothing_is_fetched(template: str, language: Language) -> None:
    page = Reading(written(template, language).html)
    assert {"script", "img", "link", "iframe", "style"} & set(page.tags) == set()
    assert all(address.startswith("https://ranham.example/") for address in page.addresses)
    assert "7 * 7" in page.text


@EACH
@OF_ALL
def test_a_subject_is_one_line_without_control_characters(template: str, language: Language) -> None:
    assert written(template, language).subject.isprintable()


@EACH
@OF_ALL
def test_an_empty_list_is_said_and_not_left_out(template: str, language: Language) -> None:
    made = written(template, language, awkward.matter(template, empty=True))
    if SHOWS[template] & {"missing", "owed"}:
        assert {"id": "tidak ada", "en": "none"}[language] in made.text
        assert {"id": "tidak ada", "en": "none"}[language] in Reading(made.html).text


@EACH
@OF_ALL
def test_simulated_data_are_labelled_in_subject_text_and_html(template: str, language: Language) -> None:
    label = {"id": "SIMULASI", "en": "SIMULATED"}[language]
    made = written(template, language, awkward.matter(template, simulated=True))
    assert made.subject.startswith(f"[{label}] ")
    assert label in made.text.splitlines()[0]
    assert label in Reading(made.html).text
    assert label not in f"{written(template, language).text}{written(template, language).subject}"


@EACH
@pytest.mark.parametrize("template", [each for each in TEMPLATES if each.startswith("return") and "digest" not in each])
def test_reasons_of_a_return_are_said_in_words(template: str, language: Language) -> None:
    made = written(template, language)
    words = {"id": "Ukuran 2 (administratif): tanpa tanda tangan", "en": "Measure 2 (administrative): no signature"}
    for said in (made.text, Reading(made.html).text):
        assert words[language] in said
        assert "no_signature" not in said


@EACH
@pytest.mark.parametrize(
    ("zone", "local", "wib"),
    [("Asia/Jakarta", "24:00 WIB", None), ("Asia/Makassar", "01:00 WITA", "24:00 WIB"), ("Asia/Jayapura", "02:00 WIT", "24:00 WIB")],
)  # fmt: skip
def test_a_deadline_is_in_local_time_and_in_wib(zone: str, local: str, wib: str | None, language: Language) -> None:
    about = awkward.matter("deadline", zone=zone)
    said = say(about, awkward.reader(zone=zone), awkward.OFFICE, language=language, now=awkward.NOW)
    shown = render("deadline", language, said).text.replace("24.00", "24:00").replace("0.00", "0:00")
    shown = shown.replace("01.00", "01:00").replace("02.00", "02:00")
    assert local in shown
    if wib:
        assert {"id": "(Selasa, 6 September 2022, pukul 24:00 WIB)", "en": "(Tuesday, 6 September 2022, 24:00 WIB)"}[
            language
        ] in shown
    else:
        assert "WITA" not in shown


def test_midnight_is_the_end_of_the_day_and_not_the_start_of_the_next() -> None:
    zone = awkward.reader().zone
    assert both_clocks(awkward.DEADLINE, zone, "id") == "Selasa, 6 September 2022, pukul 24.00 WIB"


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"])
@pytest.mark.parametrize(("now", "left"), [
    (datetime(2022, 9, 3, 3, tzinfo=UTC), 3), (datetime(2022, 9, 5, 3, tzinfo=UTC), 1), (datetime(2022, 9, 6, 3, tzinfo=UTC), 0),
    (datetime(2022, 9, 6, 16, 59, tzinfo=UTC), 0), (datetime(2022, 9, 6, 17, tzinfo=UTC), -1),
])  # fmt: skip
def test_days_left_count_to_the_last_business_day_in_every_zone(zone: str, now: datetime, left: int) -> None:
    assert days_left(awkward.DEADLINE, ZoneInfo(zone), now=now) == left


@EACH
def test_a_messenger_gets_one_line_with_deadline_and_link(language: Language) -> None:
    about = awkward.matter("deadline", simulated=True)
    said = say(about, awkward.reader(), awkward.OFFICE, language=language, now=awkward.NOW)
    subject = render("deadline", language, said).subject
    line = render_short(language, said, subject)
    assert "\n" not in line
    assert line.startswith({"id": "[SIMULASI]", "en": "[SIMULATED]"}[language])
    assert end_words(awkward.DEADLINE, awkward.reader().zone, language) in line
    assert line.endswith("https://ranham.example/")


def test_an_office_may_replace_a_wording(tmp_path: Path) -> None:
    own = tmp_path / "id" / "deadline.txt"
    own.parent.mkdir()
    own.write_text(
        "{% block subject %}Segera {{ period }}{% endblock %}{% block lead %}{{ place }}{% endblock %}{% block ask %}x{% endblock %}"
    )
    said = say(awkward.matter("deadline"), awkward.reader(), awkward.OFFICE, language="id", now=awkward.NOW)
    made = render("deadline", "id", said, overrides=tmp_path)
    assert made.subject == "Segera 2022-B08"
    assert html.escape(awkward.MARKUP, quote=False).split("&quot")[0][:8] in made.html
    assert "D1" in made.text  # the frame is still ours


@pytest.mark.parametrize(
    "wording",
    ["{% block subject %}{{ unknown_name }}{% endblock %}", "{% block subject %}{{ ''.__class__.__mro__ }}{% endblock %}", "{% block %}"],
)  # fmt: skip
def test_a_wording_that_does_not_work_or_reaches_too_far_is_replaced_by_ours(
    wording: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = tmp_path / "id" / "deadline.txt"
    own.parent.mkdir()
    own.write_text(wording + "{% block lead %}{% endblock %}{% block ask %}{% endblock %}")
    said = say(awkward.matter("deadline"), awkward.reader(), awkward.OFFICE, language="id", now=awkward.NOW)
    assert render("deadline", "id", said, overrides=tmp_path) == render("deadline", "id", said)
    assert "does not work, ours is used" in caplog.text


def test_our_own_wording_with_a_missing_name_is_an_error() -> None:
    said = say(awkward.matter("deadline"), awkward.reader(), awkward.OFFICE, language="id", now=awkward.NOW)
    del said["place"]
    with pytest.raises((UndefinedError, SecurityError)):
        render("deadline", "id", said)


def test_the_frame_has_the_same_words_in_every_language() -> None:
    named = [set(re.findall(r"{% set (\w+) =", (OWN / each / "words.txt").read_text("utf-8"))) for each in LANGUAGES]
    frames = "".join((OWN / f"layout.{ending}").read_text("utf-8") for ending in ("txt", "html"))
    used = set(re.findall(r"[^/]words\.(\w+)", frames))
    assert all(each == used for each in named)


def test_an_office_may_replace_a_word_of_the_frame_and_the_frame_of_one_language(tmp_path: Path) -> None:
    (tmp_path / "id").mkdir()
    ours = (OWN / "id" / "words.txt").read_text("utf-8")
    (tmp_path / "id" / "words.txt").write_text(ours.replace('"Bantuan"', '"Tanya"'))
    (tmp_path / "id" / "layout.html").write_text("<p>{{ subject }}</p>")
    said = say(awkward.matter("deadline"), awkward.reader(), awkward.OFFICE, language="id", now=awkward.NOW)
    made = render("deadline", "id", said, overrides=tmp_path)
    assert "Tanya: Sekretariat" in made.text
    assert made.html == f"<p>{html.escape(made.subject)}</p>".replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
    english = say(awkward.matter("deadline"), awkward.reader(), awkward.OFFICE, language="en", now=awkward.NOW)
    assert render("deadline", "en", english, overrides=tmp_path) == render("deadline", "en", english)


def test_a_frame_that_lacks_a_word_is_replaced_by_ours(tmp_path: Path) -> None:
    (tmp_path / "id").mkdir()
    (tmp_path / "id" / "words.txt").write_text('{% set help = "Tanya" %}')
    said = say(awkward.matter("deadline"), awkward.reader(), awkward.OFFICE, language="id", now=awkward.NOW)
    assert render("deadline", "id", said, overrides=tmp_path) == render("deadline", "id", said)
