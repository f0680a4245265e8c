"""A unit's workbook as the application's role: made and taken by its own operator, and by nobody of another unit."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel.errors import Forbidden
from ranham.submission import workbook
from ranham.submission.workbook import Terms
from ranham.territory.queries import by_code
from tests.access import people
from tests.access.application_desk import Desk
from tests.submission.workbook.paper import filled

CELLS = {"K4": "belum tercapai", "K5": "belum tercapai"}


@pytest.fixture
def desk(application: Engine) -> Desk:
    made = Desk(application)
    with Session(application) as session:
        serang, metro = people.unit(session, "36.04"), people.unit(session, "18.72")
    made.seat("operator", (Role.OPERATOR, Place(serang)))
    made.seat("stranger", (Role.OPERATOR, Place(metro)))
    return made


def test_a_workbook_is_taken_from_the_unit_s_own_operator_only(desk: Desk) -> None:
    with desk.at("operator") as (session, period, cause):
        data = filled(workbook.make(session, by_code(session, "36.04", period.code_day()), period, cause.now), CELLS)
        assert workbook.take(session, data, cause).answers_written == 2
    with pytest.raises(Forbidden), desk.at("stranger") as (session, _, cause):
        workbook.take(session, filled(data, {"K4": "sebagian"}), cause)
    with desk.at("operator") as (session, _, cause):
        receipt = workbook.take(session, data, cause, Terms(submit=True))
    assert ([sent.revision for sent in receipt.sent], receipt.unchanged) == ([1], 12)
