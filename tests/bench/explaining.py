"""Explaining one national figure over millions of obligations, against the bare statement that fetches the same rows."""

from datetime import UTC, date, datetime

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.plan.queries import find_period
from ranham.release import facts
from ranham.release.models import Release, ReleaseFigure, ReleaseKind
from ranham.release.provenance import explain
from ranham.release.states import ReleaseState
from tests.bench.timing import pair, row, seconds

NOW = datetime(2090, 10, 10, tzinfo=UTC)
DAY = date(2022, 1, 1)
NUMBER = "BENCH:2090-B08/1"

BARE = """
SELECT f.obligation_id, f.period_id, f.excluded, f.reported, f.complete, f.achieved, f.verified, f.timeliness, f.score_bp,
       u.code, u.name, a.code AS action, g.code AS target_group, s.revision, s.submitted_at, s.received_at, s.channel,
       e.actor, e.at, e.score_bp AS decided,
       ARRAY(SELECT unnest(m.evidence) FROM measure_answer m WHERE m.submission_id = f.submission_id) AS evidence
FROM release_fact f JOIN release_unit u ON u.release_id = f.release_id AND u.unit_id = f.unit_id
JOIN action a ON a.id = f.action_id LEFT JOIN target_group g ON g.id = a.target_group_id
LEFT JOIN submission s ON s.id = f.submission_id LEFT JOIN report_event e ON e.id = f.event_id
WHERE f.release_id = :release AND u.level = 'regency' ORDER BY f.obligation_id, f.period_id LIMIT 100
"""


def bench(engine: Engine) -> list[dict[str, object]]:
    """On the database that the rollup's bench has filled."""
    taken = seconds(lambda: _take(engine))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE release_fact, release_unit, release_figure, release"))
    ours, bare = pair(lambda: _explain(engine, "achievement"), lambda: _bare(engine), runs=15)
    last, _ = pair(lambda: _explain(engine, "achievement", after=_middle(engine)), lambda: _bare(engine), runs=5)
    units = seconds(lambda: _explain(engine, "mean_score"))
    with engine.connect() as connection:
        count = connection.scalar(text("SELECT count(*) FROM release_fact"))
    return [
        row(f"explain a national figure, {count} obligations, first page", ours, "bare statement", bare, "<= 3"),
        row("the same, a page in the middle", last, "bare statement, first page", bare, ""),
        {"what": "the same of a figure that counts units, 100 units", "seconds": round(units, 3)},
        {"what": f"facts of a release, {count} obligations", "seconds": round(taken, 3)},
    ]


def _take(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        period = find_period(session, "2090-B08")
        news = session.execute(text(facts.NOW_KNOWN), {"period": period.id}).one()
        data = facts.DataVersion(news.watermark, news.event_watermark, news.excuses, NOW)
        release = Release(
            number=NUMBER, regulation="BENCH", label="2090-B08", kind=ReleaseKind.PERIOD, period_id=period.id,
            plan_year_id=period.plan_year_id, version=1, state=ReleaseState.PROVISIONAL, sandbox=False, rules={},
            rules_digest="", territory_as_of=DAY, watermark=data.watermark, event_watermark=data.event_watermark,
            excuses=data.excuses, known_at=NOW, simulated=True, made_at=NOW, made_by="bench", content_hash="0" * 64,
        )  # fmt: skip
        session.add(release)
        session.flush()
        facts.take(session, release.id, period, data)
        facts.take_units(session, release.id, DAY)
        for position, figure in enumerate(("achievement", "mean_score"), start=1):
            session.add(
                ReleaseFigure(
                    release_id=release.id,
                    position=position,
                    level="national",
                    unit_name="Indonesia",
                    scope="regencies",
                    figure=figure,
                    numerator=0,
                    denominator=0,
                    denominator_name="obligations",
                )
            )


def _explain(engine: Engine, figure: str, after: str | None = None) -> None:
    with Session(engine) as session:
        found = explain(session, NUMBER, None, figure, scope="regencies", after=after, limit=100)
        assert len(found.rows) == 100


def _bare(engine: Engine) -> None:
    with Session(engine) as session:
        release = session.scalar(text("SELECT id FROM release WHERE number = :n"), {"n": NUMBER})
        assert len(session.execute(text(BARE), {"release": release}).all()) == 100


def _middle(engine: Engine) -> str:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT max(obligation_id) / 2, max(period_id) FROM release_fact")).one()
    return f"{found[0]}.{found[1]}"
