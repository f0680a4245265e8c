"""The database holds the table of the life-cycle by itself."""

from itertools import product

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from ranham.plan.queries import PeriodInfo
from ranham.submission.states import TRANSITIONS, VERIFIED, State
from tests.submission.desk import begun

ALLOWED = {(before, after) for (before, _), after in TRANSITIONS.items() if before is not after}


def test_a_state_follows_only_those_that_the_table_names(small_session: Session, b08: PeriodInfo) -> None:
    report = begun(small_session, b08)
    place = text("UPDATE report SET state = :state, score_bp = :score WHERE id = :id")
    follow = text("UPDATE report SET state = :state, score_bp = :score, version = version + 1 WHERE id = :id")

    def row(state: State) -> dict[str, object]:
        return {"state": state.value, "score": 1 if state in VERIFIED else None, "id": report.id}

    refused = set()
    for before, after in product(State, State):
        with small_session.begin_nested() as undone:
            small_session.execute(text("ALTER TABLE report DISABLE TRIGGER report_moves"))
            small_session.execute(place, row(before))
            small_session.execute(text("ALTER TABLE report ENABLE TRIGGER report_moves"))
            try:
                with small_session.begin_nested():
                    small_session.execute(follow, row(after))
            except DatabaseError:
                refused.add((before, after))
            undone.rollback()
    everything = {(before, after) for before, after in product(State, State) if before is not after}
    assert everything - refused == ALLOWED


def test_a_change_of_state_without_a_new_version_is_refused(small_session: Session, b08: PeriodInfo) -> None:
    report = begun(small_session, b08)
    with pytest.raises(DatabaseError, match="needs a new version"):
        small_session.execute(text("UPDATE report SET state = 'submitted' WHERE id = :id"), {"id": report.id})
