"""From the close to the annual report, through the services: each step once, and told in the chain."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ranham.compliance.rules import percent
from ranham.cycle.models import Step
from ranham.cycle.queries import due, facts
from ranham.cycle.rules import due_steps
from ranham.kernel.errors import Conflict
from ranham.outbox.deliveries import Content, Due, Withdrawn
from ranham.plan.queries import PeriodInfo, find_period
from ranham.release import course, distribution, service
from ranham.release.companions import companions, companions_of, load_public
from ranham.release.content import load
from ranham.release.distribution import KIND, record, write_documents, write_files
from ranham.release.formats import FORMATS
from ranham.release.kept import tag
from ranham.release.models import OutputKind
from ranham.release.queries import get_release
from ranham.release.signing import Key
from ranham.release.suppression import policy_of
from ranham.release.telling import compose_release
from ranham.reminder.models import Function
from tests.compliance.reports import obligation_ids, report, verify
from tests.release.world import LATER, NOW, closed_period, key
from tests.reminder.content.ledger import contact

FIRST, YEAR = "RANHAM-V:2022-B08/1", "RANHAM-V:2022/1"


@pytest.fixture
def signing(tmp_path: Path) -> Key:
    return key(tmp_path)


def steps(session: Session, period: PeriodInfo) -> list[str]:
    return [step.value for step in due_steps(facts(session, period), LATER, timedelta(days=30))]


def done_here(session: Session) -> list[str]:
    """What a tick of this process would do, of publishing."""
    found = due(session, now=LATER, close_after_days=30)
    return [each.step.value for each in found if each.step is Step.PUBLISH]


def publish(session: Session, period: PeriodInfo, signing: Key) -> list[str]:
    numbers = course.propose_due(session, period, now=NOW)
    for number in numbers:
        service.sign_off(session, number, by="budi", now=NOW)
    assert course.publish_due(session, period, key=signing, now=NOW) == numbers
    return numbers


def test_a_closed_period_is_proposed_once_and_waits_for_a_person(session: Session, signing: Key) -> None:
    assert course.course_of(session, find_period(session, "2022-B08")) == course.Course()
    period = closed_period(session)
    assert steps(session, period) == ["propose"]
    assert course.propose_due(session, period, now=NOW) == [FIRST]
    assert course.propose_due(session, period, now=NOW) == []
    assert steps(session, period) == []
    assert course.publish_due(session, period, key=signing, now=NOW) == []
    with pytest.raises(Conflict, match="who proposed"):
        service.sign_off(session, FIRST, by=course.ENGINE, now=NOW)


def test_without_a_key_nothing_is_published_and_nothing_fails(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    period = closed_period(session)
    course.propose_due(session, period, now=NOW)
    service.sign_off(session, FIRST, by="budi", now=NOW)
    assert (steps(session, period), done_here(session)) == (["publish"], [])
    monkeypatch.setenv("RANHAM_SIGNING_KEY_FILE", str(tmp_path / "signing.pem"))
    from ranham.kernel.settings import settings  # noqa: PLC0415

    settings.cache_clear()
    try:
        assert (steps(session, period), done_here(session)) == (["publish"], ["publish"])
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_a_version_that_was_dropped_is_not_made_again(session: Session) -> None:
    period = closed_period(session)
    course.propose_due(session, period, now=NOW)
    service.drop(session, FIRST, by="budi", now=NOW, reason="figures to be looked at")
    assert steps(session, period) == []


def test_files_and_announcement_go_out_once(session: Session, signing: Key, tmp_path: Path) -> None:
    period = closed_period(session)
    told = contact(session, "36", function=Function.LEGAL_BUREAU, address="biro@banten.go.id", name="Biro Hukum")
    contact(session, "36", function=Function.LEGAL_BUREAU, address="BIRO@banten.go.id", courtesy=True)
    contact(session, function=Function.OPERATOR)
    publish(session, period, signing)
    assert steps(session, period) == ["distribute"]
    content = load(session, FIRST)
    written = [write_files(tmp_path, tag(content.header.content_hash, None), None, lambda: content) for _ in range(2)]
    assert written[0] == written[1]
    assert {name.partition("/")[0] for name in written[0]} == set(FORMATS)
    plain = tag(get_release(session, FIRST).content_hash, None)
    said = [record(session, FIRST, OutputKind.FILES, written[0], now=NOW, content_tag=plain) for _ in range(2)]
    assert said == [True, False]
    rows = session.execute(text("SELECT address, kind FROM delivery WHERE kind = 'release'")).all()
    assert [tuple(row) for row in rows] == [(told.address, KIND)]
    assert steps(session, period) == []
    with pytest.raises(DBAPIError, match="release_output"), session.begin_nested():
        session.execute(text("UPDATE release_output SET files = '{}'"))


def test_under_another_small_cell_rule_files_are_written_anew_and_nobody_is_told_again(
    session: Session, signing: Key, ruled: Any
) -> None:
    ruled(None)
    period = closed_period(session)
    contact(session, "36", function=Function.LEGAL_BUREAU, address="biro@banten.go.id")
    publish(session, period, signing)
    content_hash = get_release(session, FIRST).content_hash
    assert record(session, FIRST, OutputKind.FILES, {"a": "1"}, now=NOW, content_tag=tag(content_hash, None))
    assert steps(session, period) == []
    rule = {"target_groups": ["perempuan"], "threshold": 5}
    ruled(rule)
    assert steps(session, period) == ["distribute"]
    under = tag(content_hash, policy_of({"suppression": rule}))
    said = [record(session, FIRST, OutputKind.FILES, {"a": "2"}, now=LATER, content_tag=under) for _ in range(2)]
    assert said == [True, False]
    assert steps(session, period) == []
    assert session.scalar(text("SELECT count(*) FROM delivery WHERE kind = 'release'")) == 1
    ruled(None)
    assert steps(session, period) == []
    with pytest.raises(DBAPIError, match="release_filing"), session.begin_nested():
        session.execute(text("UPDATE release_filing SET files = '{}'"))


def test_only_what_is_published_is_distributed(session: Session) -> None:
    course.propose_due(session, closed_period(session), now=NOW)
    with pytest.raises(Conflict, match="is proposed; only what is published is distributed"):
        record(session, FIRST, OutputKind.FILES, {}, now=NOW, content_tag="any")


@pytest.mark.parametrize(("language", "words"), [("id", "telah diterbitkan"), ("en", "is published")])
def test_the_announcement_says_number_figures_and_hash(
    session: Session, signing: Key, language: str, words: str
) -> None:
    contact(session, "36", function=Function.LEGAL_BUREAU, address="biro@banten.go.id")
    publish(session, closed_period(session), signing)
    release = get_release(session, FIRST)
    due = Due(1, KIND, release.id, "email", "biro@banten.go.id", "Biro", language, "m")
    said = compose_release(session, [due], NOW)[1]
    assert isinstance(said, Content)
    assert FIRST in said.subject
    assert words in said.subject
    assert "Banten" in said.text
    assert release.content_hash in said.text
    national = [f for f in load(session, FIRST).figures if f.level == "national" and f.scope == "regencies"]
    shown = next(f for f in national if f.figure == "achievement" and f.action is None and f.target_group is None)
    assert str(shown.numerator) in said.text
    assert str(shown.denominator) in said.text
    exact = str(percent(shown.numerator, shown.denominator))
    assert (exact.replace(".", ",") if language == "id" else exact) in said.text


def test_what_was_superseded_before_it_was_told_is_not_told(session: Session, signing: Key) -> None:
    period = closed_period(session)
    contact(session, "36", function=Function.LEGAL_BUREAU, address="a@b.go.id")
    publish(session, period, signing)
    first = get_release(session, FIRST).id
    owed = obligation_ids(session, period.plan_year_id)[3]
    report(session, owed, period.id)
    verify(session, owed, period.id, score_bp=9000)
    assert course.course_of(session, period).news == (FIRST,)
    second = service.amend(session, period, by="siti", now=LATER, reason="laporan susulan").number
    service.propose(session, second, by="siti", now=LATER)
    service.sign_off(session, second, by="budi", now=LATER)
    course.publish_due(session, period, key=signing, now=LATER)
    assert course.course_of(session, period).news == ()
    due = Due(1, KIND, first, "email", "a@b.go.id", "", "id", "m")
    assert compose_release(session, [due], LATER)[1] == Withdrawn(f"superseded by {second} before it was told")
    said = compose_release(
        session, [Due(2, KIND, get_release(session, second).id, "email", "a@b.go.id", "", "id", "m")], LATER
    )[2]
    assert isinstance(said, Content)
    assert "laporan susulan" in said.text
    gone = Due(3, KIND, get_release(session, second).id, "email", "left@b.go.id", "", "id", "m")
    assert isinstance(compose_release(session, [gone], LATER)[3], Withdrawn)


def test_the_year_follows_its_last_period_and_ends_with_its_documents(
    session: Session, signing: Key, tmp_path: Path, ruled: Any
) -> None:
    publish(session, closed_period(session), signing)
    last = closed_period(session, "2022-B12", every=11)
    assert publish(session, last, signing) == ["RANHAM-V:2022-B12/1"]
    assert publish(session, last, signing) == [YEAR]
    assert steps(session, last) == ["distribute", "annual_report"]
    content = load(session, YEAR)
    under, files = write_documents(tmp_path, content, periods=companions(session, content.header), service=())
    again = write_documents(tmp_path, content, periods=companions(session, content.header), service=())
    assert (under, files) == again
    assert len(files) == 1 + sum(unit.level == "province" for unit in content.units)
    assert all((tmp_path / under / name).read_bytes().startswith(b"%PDF") for name in files)
    assert record(session, YEAR, OutputKind.DOCUMENTS, files, now=NOW, content_tag=under)
    assert steps(session, last) == ["distribute"]
    ruled({"target_groups": ["perempuan"], "threshold": 5})
    assert steps(session, last) == ["distribute", "annual_report"]  # what is hidden now was not hidden in it
    ruled(None)
    assert steps(session, last) == ["distribute"]
    assert course.course_of(session, last).news == ()
    first = find_period(session, "2022-B08")
    amended = service.amend(session, first, by="siti", now=LATER, reason="laporan susulan").number
    service.propose(session, amended, by="siti", now=LATER)
    service.sign_off(session, amended, by="budi", now=LATER)
    course.publish_due(session, first, key=signing, now=LATER)
    assert course.course_of(session, last).news == (YEAR,)  # a period of it was amended since
    assert [each.number for each in companions_of(session, YEAR)] == [FIRST, "RANHAM-V:2022-B12/1"]
    assert steps(session, last) == ["distribute"]  # and its documents stay those of what it was made of


def test_documents_are_written_anew_when_what_a_period_of_the_year_hides_changes(
    session: Session, signing: Key, tmp_path: Path, ruled: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The year records its rule, and the report shows figures of periods that record none."""
    monkeypatch.setattr(distribution, "province_sheet", lambda *_, **__: b"%PDF")
    ruled(None)
    publish(session, closed_period(session), signing)
    last = closed_period(session, "2022-B12", every=11)
    publish(session, last, signing)
    weak, strong = ({"target_groups": ["perempuan"], "threshold": below} for below in (5, 300))
    ruled(weak)
    assert publish(session, last, signing) == [YEAR]
    shown = {}
    for rule in (weak, strong):
        ruled(rule)
        assert "annual_report" in steps(session, last)
        content = load_public(session, YEAR)
        beside = companions(session, content.header)
        shown[rule["threshold"]] = sum(len(each.figures) for each in beside)
        under, files = write_documents(tmp_path / str(rule["threshold"]), content, periods=beside, service=())
        assert record(session, YEAR, OutputKind.DOCUMENTS, files, now=NOW, content_tag=under)
        assert steps(session, last) == ["distribute"]
    assert shown[300] < shown[5]
