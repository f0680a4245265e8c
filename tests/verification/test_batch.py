"""What nothing speaks against is accepted in one go; the rest is left with its reasons."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.submission.models import Timeliness
from ranham.verification import service
from ranham.verification.rules import FLAG_WORDS, Flag, Interests
from tests.verification import desk
from tests.verification.desk import BANTEN, KL, KOTA_SERANG, NOW, SERANG


def accept_all(session: Session, by: str = "pusat", *, office: str | None = None, limit: int = 500) -> service.Accepted:
    office_id = None if office is None else desk.office_id(session, office)
    return service.batch_accept(session, desk.b08(session), office_id=office_id, by=by, now=NOW, limit=limit)


def test_flawless_reports_are_verified_each_with_its_own_decision_and_marks(session: Session) -> None:
    obligations = [desk.send(session, KL, number) for number in range(3)]
    desk.fill(session)
    made = accept_all(session)
    assert len(made.task_ids) == 3
    assert made.left == {}
    assert {desk.state(session, each) for each in obligations} == {"verified"}
    rows = session.execute(text("SELECT score_bp, in_batch, decided_by, task_id FROM verification_decision")).all()
    assert {row[:3] for row in rows} == {(10_000, True, "pusat")}
    assert sorted(row.task_id for row in rows) == sorted(made.task_ids)
    unmarked = session.scalar(
        text("""SELECT count(*) FROM verification_decision d JOIN submission s ON s.id = d.submission_id
                JOIN measure m ON m.action_id = s.action_id AND m.period_id = s.period_id AND m.required
                WHERE 2 <> (SELECT count(*) FROM aspect_score p
                            WHERE p.decision_id = d.id AND p.measure_id = m.id AND p.mark = 'fulfilled')""")
    )
    assert unmarked == 0


@pytest.mark.parametrize(
    ("facts", "flags"),
    [
        ({"complete": False}, (Flag.INCOMPLETE,)),
        ({"timeliness": Timeliness.LATE}, (Flag.LATE,)),
        ({"achieved": False}, (Flag.NOT_ACHIEVED,)),
        ({"complete": False, "achieved": False}, (Flag.INCOMPLETE, Flag.NOT_ACHIEVED)),
    ],
)
def test_a_flagged_report_is_left_for_somebody_to_read(
    session: Session, facts: dict[str, object], flags: tuple[Flag, ...]
) -> None:
    obligation = desk.send(session, KL, **facts)
    desk.fill(session)
    task = desk.only(session).task_id
    made = accept_all(session)
    assert (made.task_ids, made.left) == ((), {task: flags})
    assert made.reasons == dict.fromkeys(flags, 1)
    assert desk.state(session, obligation) == "submitted"


def test_what_came_back_or_is_with_another_or_too_close_is_left(session: Session) -> None:
    for number in range(3):
        desk.send(session, KL, number)
    desk.fill(session)
    back, taken, free = (row.task_id for row in desk.tasks(session))
    desk.give_back(session, back, "ani")
    desk.send(session, KL, 0)
    desk.fill(session)
    service.take(session, taken, by="ani", now=NOW)
    made = accept_all(session)
    assert made.task_ids == (free,)
    assert sorted(made.left.values()) == [(Flag.CAME_BACK,), (Flag.WITH_ANOTHER,)]
    own = Interests(units=frozenset({desk.unit_id(session, KL)}))
    desk.send(session, KL, 3)
    desk.fill(session)
    service.declare_interests(session, "pusat", own, now=NOW)
    assert accept_all(session).reasons[Flag.OWN_INTEREST] == 3


def test_evidence_without_signature_or_letterhead_is_read_by_somebody(session: Session) -> None:
    desk.send(session, KL)
    desk.fill(session)
    session.execute(
        text("""
            WITH sent AS (SELECT s.id, s.unit_id, m.id AS measure_id FROM submission s
                          JOIN measure m ON m.action_id = s.action_id AND m.period_id = s.period_id LIMIT 1),
            answered AS (INSERT INTO measure_answer (submission_id, measure_id, answer, evidence)
                         SELECT id, measure_id, 'achieved', '{}' FROM sent),
            file AS (INSERT INTO evidence (unit_id, sha256, size_bytes, media_type, file_name, kind, signed, scan,
                                           uploaded_by, uploaded_at)
                     SELECT unit_id, repeat('a', 64), 1, 'application/pdf', 'sk.pdf', 'sk', false, 'clean', 'op', :now
                     FROM sent RETURNING id)
            INSERT INTO answer_evidence SELECT sent.id, sent.measure_id, file.id FROM sent, file"""),
        {"now": NOW},
    )
    assert accept_all(session).reasons == {Flag.WEAK_EVIDENCE: 1}


def test_one_desk_in_an_earlier_tier_passes_on(session: Session) -> None:
    for unit in (SERANG, KOTA_SERANG, BANTEN, "32.01"):
        desk.send(session, unit)
    desk.fill(session)
    assert len(accept_all(session, "kanwil", office="kanwil-36").task_ids) == 3
    assert {(row.unit_code, row.tier) for row in desk.tasks(session)} == {
        (SERANG, "central"),
        (KOTA_SERANG, "central"),
        (BANTEN, "central"),
        ("32.01", "pre_check"),
    }
    assert len(accept_all(session).task_ids) == 3


def test_one_call_takes_no_more_than_its_limit_and_the_next_goes_on(session: Session) -> None:
    for number in range(3):
        desk.send(session, KL, number)
    desk.fill(session)
    first = accept_all(session, limit=2)
    assert (len(first.task_ids), first.reasons) == (2, {Flag.BEYOND_LIMIT: 1})
    assert len(accept_all(session, limit=2).task_ids) == 1
    assert accept_all(session).task_ids == ()


def test_every_flag_has_words_in_both_languages() -> None:
    assert set(FLAG_WORDS) == set(Flag)
