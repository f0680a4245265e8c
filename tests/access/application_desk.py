"""Desks of people who work through the application, each in units of work of their own."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.kernel import clock
from ranham.kernel.database import application_unit_of_work
from ranham.plan.queries import PeriodInfo, find_period
from ranham.submission.reports import Cause
from tests.access import people
from tests.submission.desk import IN_WINDOW


class Desk:
    """People of the application; `at` opens the desk of one of them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.ids: dict[str, int] = {}
        self.tokens: dict[str, str] = {}

    def seat(self, name: str, *roles: tuple[Role, Place]) -> None:
        now = clock.now()
        with Session(self.engine) as session, session.begin():
            self.ids[name] = people.person(session)
            for role, place in roles:
                people.grant(session, self.ids[name], role, place, since=clock.local_date(now))
            self.tokens[name] = people.token(session, self.ids[name], now=now).raw

    @contextmanager
    def at(self, name: str) -> Iterator[tuple[Session, PeriodInfo, Cause]]:
        with application_unit_of_work(self.tokens[name]) as session:
            yield session, find_period(session, "2022-B08"), Cause(f"person:{self.ids[name]}", IN_WINDOW, "x", "x")
