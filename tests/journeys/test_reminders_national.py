"""Three weeks of reminders to the whole nation: what was delivered is what a plain computation says, and nothing else."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from ranham.kernel import migrations
from ranham.kernel.settings import settings
from ranham.obligation import service as obligation
from ranham.plan import service as plan
from ranham.plan.queries import find_period, find_plan_year
from ranham.plan.source import plan_path
from ranham.simulation.service import write_reports
from ranham.territory import service as territory
from tests.flows.conftest import prefect  # noqa: F401 - a fixture
from tests.journeys.reminders import story, world
from tests.journeys.reminders.enrolling import enrol
from tests.journeys.reminders.expected import Sent, clock_of, expected
from tests.journeys.reminders.world import World, wib

PERIOD = "RANHAM-V:2022-B08"
LOADED = datetime(2022, 8, 1, tzinfo=UTC)  # so early that the announcement is over
OPENING, LATER = wib("08-30"), wib("12-01")
AFTER_OUTAGE = date(2022, 9, 9)
ROOT = Path(__file__).resolve().parents[2]
PLAY = "from tests.journeys.reminders.played import main; main({script!r})"


@pytest.fixture
def national(new_database: Callable[..., str], address: Callable[[str], str]) -> Iterator[Engine]:
    """The whole territory and the plan of 2022 alone, loaded before the letter."""
    engine = create_engine(address(new_database()))
    migrations.upgrade(engine)
    with Session(engine) as session, session.begin():
        territory.load_reference(session)
        plan.load(session, plan_path("ranham-v-2022"), now=LOADED)
        obligation.freeze(session, find_plan_year(session, 2022), now=wib("08-22"))
    yield engine
    engine.dispose()


@pytest.fixture
def nation(application: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Everybody who is to be written to, in the database too, and everything that is going to happen."""
    off = tmp_path / "days-off.csv"
    off.write_text(world.DAYS_OFF, "utf-8")
    monkeypatch.setenv("RANHAM_DAYS_OFF_FILE", str(off))
    with Session(application) as session, session.begin():
        files = write_reports(session, find_period(session, PERIOD), tmp_path, seed=2022)
        rows, sent = world.read_reports(files)
        units = world.read_units(session)
        made = World(units, list(world.whom_to_write_to(units.values())), sent)
        enrol(session, made.known, tmp_path)
    made.events = [*story.story(made), *world.report_events(rows, tmp_path)]
    return made


def played(prefect: dict[str, str], nation: World, folder: Path) -> list[tuple[datetime, list[str]]]:  # noqa: F811
    """The files that left at each tick."""
    ticks, before = [], datetime.min.replace(tzinfo=UTC)
    for tick in world.ticks():
        events = [event for event in nation.events if before < datetime.fromisoformat(str(event["at"])) <= tick]
        ticks.append({"at": tick.isoformat(), "events": events})
        before = tick
    script = folder / "play.json"
    script.write_text(json.dumps({"period": PERIOD, "ticks": ticks}), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PLAY.format(script=str(script))],
        env={**os.environ, **prefect, "PREFECT_LOGGING_LEVEL": "ERROR"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    return [(datetime.fromisoformat(at), files) for at, files in answer]


LEDGER = """
SELECT d.key, m.rung, m.occasion, coalesce(v.code, f.key, '') AS place, lower(m.address) AS address
FROM reminder m JOIN delivery d ON d.id = m.delivery_id LEFT JOIN verifying_office f ON f.id = m.office_id
LEFT JOIN unit_version v ON v.unit_id = m.unit_id AND v.valid_from <= '2022-09-06'
     AND (v.valid_to IS NULL OR v.valid_to > '2022-09-06')
WHERE m.decision = 'send'
"""


def delivered(engine: Engine, left: list[tuple[datetime, list[str]]]) -> list[Sent]:
    """Every message that left, by what the file itself says; the ledger says what it was for."""
    with engine.connect() as connection:
        ledger = {row.key: row for row in connection.execute(text(LEDGER))}
    parser, made = BytesParser(EmailMessage, policy=policy.default), []
    for at, files in left:
        for file in files:
            message = parser.parsebytes((settings().outbox / file).read_bytes())
            row = ledger[message["X-Ranham-Key"]]
            to = message["To"].addresses[0].addr_spec.lower()
            assert to == row.address
            made.append(Sent(at, row.rung, row.occasion, row.place, to, listed(message)))
    return made


def listed(message: EmailMessage) -> tuple[str, ...]:
    """Codes of the units in the list of a digest."""
    body = message.get_body(("plain",))
    assert body is not None
    said = "\n".join(body.get_content().splitlines())
    _, _, after = said.partition("\nInstansi pelapor:\n")
    after = after or said.partition("\nVerifikasi yang melewati batas waktu:\n")[2]
    lines = after.partition("\n\n")[0].splitlines()
    return tuple(sorted(line.partition(": ")[0].rpartition("(")[2].rstrip(")") for line in lines))


def differences(found: list[Sent], wanted: set[Sent]) -> str:
    """Of each kind the first few, for whoever has to find out which side is wrong."""
    beyond, lacking = sorted(set(found) - wanted), sorted(wanted - set(found))
    lines = [f"{len(found)} delivered, {len(wanted)} expected, {len(beyond)} beyond, {len(lacking)} lacking"]
    for name, some in (("beyond", beyond), ("lacking", lacking)):
        kinds = Counter((each.at, each.rung, each.occasion) for each in some)
        lines += [
            f"{name} {at:%m-%d %H:%M} {rung} {occasion}: {n}" for (at, rung, occasion), n in sorted(kinds.items())
        ]
        lines += [f"{name} {each}" for each in some[:20]]
    return "\n".join(lines)


def test_the_nation_is_reminded_as_the_document_says(
    application: Engine,
    nation: World,
    prefect: dict[str, str],  # noqa: F811
    tmp_path: Path,
) -> None:
    assert Counter(unit.level for unit in nation.units.values()) == {"ministry": 28, "province": 34, "regency": 508}
    found = delivered(application, played(prefect, nation, tmp_path))
    wanted = expected(nation, world.ticks())
    assert set(found) == wanted, differences(found, wanted)
    # Whatever the computation says: these hold for what was delivered.
    told = Counter((each.rung, each.occasion, each.place, each.address) for each in found)
    assert set(told.values()) == {1}
    assert not [each for each in found if not clock_of(nation, each.place).works(each.at)]
    assert not [each for each in found if bothers_for_nothing(nation, each)]
    flood = Counter((each.occasion, each.place, each.address) for each in found if each.at.date() == AFTER_OUTAGE)
    assert set(flood.values()) == {1}
    with application.connect() as connection:
        states = dict(connection.execute(text("SELECT state, count(*) FROM delivery GROUP BY 1")).tuples().all())
        planned = connection.scalar(text("SELECT count(*) FROM reminder WHERE decision = 'send'"))
    assert states == {"delivered_to_provider": len(found)}
    assert planned == len(found)


def bothers_for_nothing(nation: World, sent: Sent) -> bool:
    """Asks a unit for reports although it had sent all of them."""
    if sent.place not in nation.units or sent.listed or sent.occasion.startswith("return") or sent.at < OPENING:
        return False
    return all(nation.sent.get((sent.place, action), LATER) <= sent.at for action in nation.units[sent.place].owed)
