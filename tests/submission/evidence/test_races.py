"""Two real connections at once: whoever comes second waits, and sees what the first has done."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.kernel.errors import Conflict, NotFound
from ranham.submission.evidence.inspecting import verify
from ranham.submission.evidence.service import attach, remove
from ranham.submission.evidence.store import configured
from ranham.submission.evidence.sweeping import UnitOfWork, drop_unnamed, sweep
from ranham.submission.models import Evidence
from tests.submission.evidence.desk import NOW, any_pdf, measure, report, upload

WHO = {"by": "operator", "now": NOW}
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


class Second:
    """Somebody else with a connection of their own, who is about to wait for us."""

    def __init__(self, engine: Engine, unit_of_work: UnitOfWork, pool: ThreadPoolExecutor) -> None:
        self._engine, self._unit_of_work, self._pool = engine, unit_of_work, pool

    def start(self, act: Callable[[Session], Any]) -> Future[Any]:
        """Begins, and comes back once the database says that it waits for a lock."""

        def work() -> Any:
            with self._unit_of_work() as session:
                return act(session)

        future = self._pool.submit(work)
        with self._engine.connect() as watch:
            while not future.done() and not watch.execute(text(WAITING)).scalar_one():
                watch.rollback()  # a fresh look at the activity
        assert not future.done()
        return future


@pytest.fixture
def second(committed: Engine, unit_of_work: UnitOfWork) -> Iterator[Second]:
    with ThreadPoolExecutor(1) as pool:
        yield Second(committed, unit_of_work, pool)


@pytest.fixture
def kept(unit_of_work: UnitOfWork) -> Evidence:
    with unit_of_work() as session:
        return upload(session, any_pdf()).evidence


def test_removal_waits_for_an_attachment_and_is_refused(
    unit_of_work: UnitOfWork, second: Second, kept: Evidence
) -> None:
    with unit_of_work() as first:
        attach(first, report(first).id, measure(first), kept.id, **WHO)
        removing = second.start(lambda session: remove(session, kept.id, **WHO))
    with pytest.raises(Conflict, match="detach it there first"):
        removing.result()


def test_attachment_waits_for_a_removal_and_finds_nothing(
    unit_of_work: UnitOfWork, second: Second, kept: Evidence
) -> None:
    with unit_of_work() as first:
        remove(first, kept.id, **WHO)
        attaching = second.start(lambda session: attach(session, report(session).id, measure(session), kept.id, **WHO))
    with pytest.raises(NotFound, match="no evidence"):
        attaching.result()


def test_upload_waits_for_a_removal_of_the_same_file_and_is_new(
    unit_of_work: UnitOfWork, second: Second, kept: Evidence
) -> None:
    content = b"".join(configured().read(next(configured().keys())))
    with unit_of_work() as first:
        remove(first, kept.id, **WHO)
        uploading = second.start(lambda session: upload(session, content))
    assert not uploading.result().already_stored
    assert uploading.result().evidence.id != kept.id
    assert sweep(unit_of_work, now=NOW).objects == 0


def test_sweep_leaves_the_bytes_of_an_upload_that_is_not_committed(unit_of_work: UnitOfWork) -> None:
    with unit_of_work() as first:
        upload(first, any_pdf())
        assert sweep(unit_of_work, now=NOW).objects == 0
    assert sweep(unit_of_work, now=NOW).objects == 0
    assert len(list(configured().keys())) == 1


def test_file_that_was_found_again_can_be_attached_before_it_is_removed(
    unit_of_work: UnitOfWork, second: Second, kept: Evidence
) -> None:
    content = b"".join(configured().read(next(configured().keys())))
    with unit_of_work() as first:
        assert upload(first, content).already_stored
        removing = second.start(lambda session: remove(session, kept.id, **WHO))
        attach(first, report(first).id, measure(first), kept.id, **WHO)
    with pytest.raises(Conflict, match="detach it there first"):
        removing.result()


def test_sweep_that_suspected_an_object_looks_again_before_it_removes(unit_of_work: UnitOfWork, kept: Evidence) -> None:
    with unit_of_work() as session:
        assert not drop_unnamed(session, kept.sha256)
    assert len(list(configured().keys())) == 1


def test_upload_that_waits_for_a_sweep_brings_its_bytes_again(
    unit_of_work: UnitOfWork, second: Second, kept: Evidence
) -> None:
    content = b"".join(configured().read(next(configured().keys())))
    with unit_of_work() as session:
        remove(session, kept.id, **WHO)
    with unit_of_work() as first:
        assert drop_unnamed(first, kept.sha256)
        assert list(configured().keys()) == []
        uploading = second.start(lambda session: upload(session, content, "papua"))
    assert uploading.result().evidence.sha256 == kept.sha256
    assert b"".join(configured().read(next(configured().keys()))) == content


def test_two_units_that_upload_the_same_bytes_at_once_share_one_object(
    unit_of_work: UnitOfWork, second: Second
) -> None:
    content = any_pdf()
    with unit_of_work() as first:
        one = upload(first, content)
        uploading = second.start(lambda session: upload(session, content, "papua"))
    assert uploading.result().evidence.id != one.evidence.id
    assert len(list(configured().keys())) == 1


def test_one_unit_that_uploads_the_same_bytes_at_once_has_one_row(unit_of_work: UnitOfWork, second: Second) -> None:
    content = any_pdf()
    with unit_of_work() as first:
        one = upload(first, content)
        uploading = second.start(lambda session: upload(session, content))
    assert uploading.result().already_stored
    assert uploading.result().evidence.id == one.evidence.id


def test_verification_takes_no_running_upload_for_a_fault(unit_of_work: UnitOfWork, second: Second) -> None:
    with unit_of_work() as first:
        upload(first, any_pdf())
        verifying = second.start(lambda session: [item for item in verify(session) if item.fault])
    assert verifying.result() == []


def test_verification_gives_the_locks_back_that_it_takes(unit_of_work: UnitOfWork, kept: Evidence) -> None:
    with unit_of_work() as session:
        remove(session, kept.id, **WHO)
    with ExitStack() as open_, unit_of_work() as other:
        verifying = open_.enter_context(unit_of_work())
        assert [item.key[-64:] for item in verify(verifying)] == [kept.sha256]
        assert drop_unnamed(other, kept.sha256)


def test_sweep_refuses_a_snapshot_that_hides_new_rows(committed: Engine) -> None:
    with (
        Session(committed.execution_options(isolation_level="REPEATABLE READ")) as session,
        pytest.raises(Conflict, match="READ COMMITTED"),
    ):
        drop_unnamed(session, "0" * 64)
