"""The rollup against plain Python over the same rows, on random reports, revisions, excuses and territories."""

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.compliance import queries, service
from ranham.obligation.models import ExcuseKind
from ranham.obligation.service import approve_excuse, request_excuse
from ranham.plan.queries import PeriodInfo, find_period
from ranham.submission.models import Timeliness
from tests.compliance.reports import obligation_ids, reopen, report, verify

NOW = datetime(2022, 9, 10, tzinfo=UTC)
DAYS = (date(2022, 1, 1), date(2022, 12, 1), date(2023, 6, 1), date(2025, 6, 1))

event = st.one_of(
    st.tuples(st.just("report"), st.integers(0, 3529), st.sampled_from(list(Timeliness)), st.booleans(), st.booleans()),
    st.tuples(st.just("report"), st.integers(0, 9), st.just(Timeliness.ON_TIME), st.just(True), st.just(True)),
    st.tuples(st.just("verify"), st.integers(0, 9), st.integers(0, 10_000)),
    st.tuples(st.just("reopen"), st.integers(0, 9)),
    st.tuples(st.just("excuse"), st.integers(0, 3529)),
    st.tuples(st.just("rollup")),
)


def oracle(session: Session, period: PeriodInfo, day: date) -> dict[tuple[str, str | None, str, str], tuple[int, int]]:
    """Figures by (level, code, scope, figure), from single rows with loops and dictionaries."""
    units = {
        row.unit_id: row
        for row in session.execute(
            text("""SELECT v.unit_id, r.level, v.code, v.parent_id FROM unit_version v JOIN reporting_unit r ON r.id = v.unit_id
                    WHERE v.valid_from <= :d AND (v.valid_to IS NULL OR v.valid_to > :d)"""),
            {"d": day},
        )
    }
    office = {
        row.unit_id: row.key
        for row in session.execute(
            text("""SELECT a.unit_id, o.key FROM office_assignment a JOIN verifying_office o ON o.id = a.office_id
                    WHERE a.valid_from <= :d AND (a.valid_to IS NULL OR a.valid_to > :d)"""),
            {"d": day},
        )
    }
    current = {}
    for row in session.execute(
        text("SELECT * FROM submission WHERE period_id = :p ORDER BY revision"), {"p": period.id}
    ):
        current[row.obligation_id] = row
    excused = set(
        session.scalars(
            text("SELECT obligation_id FROM excuse WHERE period_id = :p AND approved_at IS NOT NULL"), {"p": period.id}
        )
    )
    scores = {
        row.obligation_id: row.score_bp
        for row in session.execute(
            text("SELECT obligation_id, score_bp FROM report WHERE period_id = :p AND state = 'verified'"),
            {"p": period.id},
        )
    }
    owed: dict[tuple[str, str | None, str], list[tuple[int, int]]] = defaultdict(list)
    for row in session.execute(
        text("SELECT id, unit_id FROM obligation WHERE plan_year_id = :y"), {"y": period.plan_year_id}
    ):
        unit = units[row.unit_id]
        plural = {"ministry": "ministries", "province": "provinces", "regency": "regencies"}[unit.level]
        groups = [(unit.level, unit.code, "own"), ("national", None, plural), ("national", None, "pooled")]
        province = {"province": row.unit_id, "regency": unit.parent_id}.get(unit.level)
        if unit.level == "regency":
            groups.append(("province", units[province].code, "regencies"))
        if province is not None:
            groups.append(("office", office[province], plural))
        for group in groups:
            owed[group].append((row.id, row.unit_id))
    answers = {}
    for group, pairs in owed.items():
        kept = [(o, u) for o, u in pairs if o not in excused]
        there = [(current[o], u) for o, u in kept if o in current]
        total = len(kept)
        answers[*group, "participation"] = (len({u for _, u in there}), len({u for _, u in kept}))
        answers[*group, "completeness"] = (len(there), total)
        answers[*group, "substantive_completeness"] = (sum(s.complete for s, _ in there), total)
        for name, value in (("on_time", "on_time"), ("on_time_within_extension", "extended"), ("late", "late")):
            answers[*group, name] = (sum(s.timeliness == value for s, _ in there), total)
        answers[*group, "achievement"] = (sum(s.achieved for s, _ in there), total)
        answers[*group, "verified"] = (sum(o in scores for o, _ in kept), total)
        of_units: dict[int, list[int]] = defaultdict(list)
        for obligation, owner in kept:
            of_units[owner].append(scores.get(obligation, 0))
        means = [int((Decimal(sum(s)) / len(s)).quantize(Decimal(1), ROUND_HALF_UP)) for s in of_units.values()]
        answers[*group, "mean_score"] = (sum(means), len(means) * 10_000)
    return answers


def engine_figures(
    session: Session, period: PeriodInfo, day: date
) -> dict[tuple[str, str | None, str, str], tuple[int, int]]:
    rows = queries.figures(session, period, territory_as_of=day)
    return {
        (row.level, row.unit_code, row.scope, row.figure): (row.numerator, row.denominator)
        for row in rows
        if not (row.level == "province" and row.denominator == 0)
    }


ADDED_UP = {"completeness", "substantive_completeness", "on_time", "late", "achievement", "verified"}


def summed_over_actions(
    session: Session, period: PeriodInfo, day: date
) -> dict[tuple[str, str | None, str, str], tuple[int, int]]:
    """Figures of each action, added up: those that count obligations must be the figures of the whole."""
    sums: dict[tuple[str, str | None, str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in queries.figures(session, period, territory_as_of=day, by_action=True):
        if row.figure in ADDED_UP:
            key = (row.level, row.unit_code, row.scope, row.figure)
            sums[key] = (sums[key][0] + row.numerator, sums[key][1] + row.denominator)
    return {key: value for key, value in sums.items() if not (key[0] == "province" and value[1] == 0)}


def pooled(session: Session, period: PeriodInfo, figure: str) -> tuple[int, int]:
    return engine_figures(session, period, DAYS[0])["national", None, "pooled", figure]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(event, max_size=40), day=st.sampled_from(DAYS))
def test_rollup_equals_plain_python(session: Session, events: list[tuple], day: date) -> None:  # type: ignore[type-arg]
    with session.begin_nested() as savepoint:
        period = find_period(session, "2022-B08")
        ids = obligation_ids(session, period.plan_year_id)
        assert len(ids) == 3530
        asked: set[int] = set()
        for step in events:
            if step[0] == "report":
                _, index, timeliness, complete, achieved = step
                report(session, ids[index], period.id, timeliness=timeliness, complete=complete, achieved=achieved)
            elif step[0] == "verify":
                verify(session, ids[step[1]], period.id, score_bp=step[2])
            elif step[0] == "reopen":
                reopen(session, ids[step[1]], period.id)
            elif step[0] == "excuse" and step[1] not in asked:
                asked.add(step[1])
                excuse = request_excuse(
                    session, ids[step[1]], period.id, kind=ExcuseKind.EXCUSED, justification="x", by="unit", now=NOW
                )
                approve_excuse(session, excuse.id, by="ministry", now=NOW)
            else:
                service.roll_up(session, period, now=NOW)
        service.roll_up(session, period, now=NOW)
        expected = {k: v for k, v in oracle(session, period, day).items() if not (k[0] == "province" and v[1] == 0)}
        assert engine_figures(session, period, day) == expected
        assert summed_over_actions(session, period, day) == {k: v for k, v in expected.items() if k[3] in ADDED_UP}
        savepoint.rollback()
        session.expire_all()


def test_news_are_counted_as_differences_and_again_as_nothing(session: Session) -> None:
    period = find_period(session, "2022-B08")
    ids = obligation_ids(session, period.plan_year_id)
    assert service.roll_up(session, period, now=NOW).mode == "full"
    report(session, ids[0], period.id, achieved=False)
    report(session, ids[0], period.id, timeliness=Timeliness.LATE)
    news = service.roll_up(session, period, now=NOW)
    assert (news.mode, news.obligations_counted) == ("incremental", 1)
    assert service.roll_up(session, period, now=NOW).mode == "unchanged"
    assert engine_figures(session, period, DAYS[0]) == {
        k: v for k, v in oracle(session, period, DAYS[0]).items() if not (k[0] == "province" and v[1] == 0)
    }
    for obligation in ids[:400]:
        report(session, obligation, period.id)
    assert service.roll_up(session, period, now=NOW).mode == "full"


def test_verification_is_counted_as_a_difference_and_reopening_takes_it_back(session: Session) -> None:
    period = find_period(session, "2022-B08")
    first = obligation_ids(session, period.plan_year_id)[0]
    report(session, first, period.id)
    service.roll_up(session, period, now=NOW)
    verify(session, first, period.id, score_bp=9125)
    assert service.roll_up(session, period, now=NOW).mode == "incremental"
    assert pooled(session, period, "verified") == (1, 3530)
    reopen(session, first, period.id)
    assert service.roll_up(session, period, now=NOW).mode == "incremental"
    assert pooled(session, period, "verified") == (0, 3530)


def test_unapproved_excuse_stays_in_the_denominator(session: Session) -> None:
    period = find_period(session, "2022-B08")
    first = obligation_ids(session, period.plan_year_id)[0]
    request_excuse(session, first, period.id, kind=ExcuseKind.NOT_APPLICABLE, justification="x", by="unit", now=NOW)
    service.roll_up(session, period, now=NOW)
    pooled = [
        r
        for r in queries.figures(session, period, levels=["national"])
        if (r.scope, r.figure) == ("pooled", "completeness")
    ]
    assert pooled[0].denominator == 3530


def test_final_rollup_is_not_counted_again(session: Session) -> None:
    period = find_period(session, "2022-B08")
    service.finalize(session, period, now=NOW)
    report(session, obligation_ids(session, period.plan_year_id)[0], period.id)
    assert service.roll_up(session, period, now=NOW, full=True).mode == "unchanged"
    pooled = [
        r
        for r in queries.figures(session, period, levels=["national"])
        if (r.scope, r.figure) == ("pooled", "completeness")
    ]
    assert (pooled[0].numerator, pooled[0].state) == (0, "final")
