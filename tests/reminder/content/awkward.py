"""Facts that try every edge of a message: long names, quotes, markup, foreign letters, nothing at all."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from ranham.reminder.content.facts import ActionFact, LateReading, MeasureFact, PeriodFacts, Reason, UnitFacts
from ranham.reminder.content.saying import Matter, Office, Reader
from ranham.submission.states import State
from ranham.verification.rules import Aspect, ReasonCode

DEADLINE = datetime(2022, 9, 6, 17, tzinfo=UTC)
"""The end of 6 September in Jakarta."""
OPENS = datetime(2022, 8, 29, 17, tzinfo=UTC)
RETURN_DUE = datetime(2022, 9, 12, 17, tzinfo=UTC)
NOW = datetime(2022, 9, 3, 3, tzinfo=UTC)
MARKUP = '<script>alert("x")</script> & "kutip" \'satu\' #set page() $x$ \\ {{ 7 * 7 }}'
LONG = "Penyusunan kebijakan oleh pelaku usaha yang memuat pelindungan hak ketenagakerjaan perempuan " * 3
WORD = "panjangsekali" * 20
LETTERS = "Kepulauan Sula – Ndrumbaté «é ñ ö» … ½"
TITLES = (MARKUP, LONG, WORD, LETTERS, "dua\nbaris\tdan\x07bel", "\u202ekanan ke kiri")


def period(*, simulated: bool = False, closed_at: datetime | None = None) -> PeriodFacts:
    return PeriodFacts(
        1, "2022-B08", "RANHAM-V", "Rencana Aksi Nasional HAM", "Perpres 53/2021", OPENS, DEADLINE,
        (date(2022, 9, 7), date(2022, 9, 9)), simulated, closed_at,
    )  # fmt: skip


def action(number: int, title: str, state: State = State.NOT_STARTED) -> ActionFact:
    measures = (
        MeasureFact(1, title, "dokumen", True, ("foto", "daftar hadir")),
        MeasureFact(2, MARKUP, None, False, ()),
    )
    returned = state is State.RETURNED
    reasons = (
        Reason(2, Aspect.ADMINISTRATIVE, ReasonCode.NO_SIGNATURE, f"halaman 3 {MARKUP}"),
        Reason(None, None, ReasonCode.OTHER, "dua\nbaris"),
    )
    return ActionFact(
        f"D{number}", title, state, returned, False, RETURN_DUE if returned else None, reasons if returned else (),
        measures,
    )  # fmt: skip


def unit(
    *, zone: str = "Asia/Jakarta", titles: tuple[str, ...] = TITLES, state: State = State.NOT_STARTED, unit_id: int = 1
) -> UnitFacts:
    """As the queries give it: texts are clean there."""
    from ranham.reminder.content.words import clean  # noqa: PLC0415

    actions = tuple(action(number, clean(title), state) for number, title in enumerate(titles, 1))
    name = clean(f"Kabupaten {MARKUP} {unit_id}")
    return UnitFacts(unit_id, f"36.0{unit_id}", name, ZoneInfo(zone), OPENS, DEADLINE, False, actions)


def matter(template: str, *, empty: bool = False, simulated: bool = False, zone: str = "Asia/Jakarta") -> Matter:
    titles = () if empty else TITLES
    state = State.RETURNED if "return" in template else State.NOT_STARTED
    about, readings, units = None, (), ()
    if template.endswith("_digest"):
        units = tuple(unit(zone=zone, titles=titles, state=state, unit_id=each) for each in (2, 1))
    elif template == "verification_late":
        readings = (LateReading(1, "Kabupaten <Serang>", 3, DEADLINE),)
    else:
        about = unit(zone=zone, titles=titles, state=state)
    due = RETURN_DUE if "return" in template else DEADLINE
    return Matter(template, period(simulated=simulated), True, due, unit=about, units=units, readings=readings)


def reader(*, zone: str = "Asia/Jakarta", courtesy: bool = False) -> Reader:
    return Reader(
        f"Siti {MARKUP}", "operator", "siti@banten.go.id", f"Kabupaten {MARKUP}", ZoneInfo(zone),
        "https://ranham.example/api/v1/contacts/abc",
        "https://ranham.example/api/v1/contacts/def" if courtesy else None,
    )  # fmt: skip


OFFICE = Office("Sekretariat <RANHAM>", "https://ranham.example/", ("Sekretariat <RANHAM>", "bantuan@ranham.example"))
