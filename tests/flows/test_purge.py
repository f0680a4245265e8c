"""What is kept for a time only is forgotten every day; rows of deliveries and links that still work stay."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from ranham.reminder.links.addresses import Addressed, issue_for
from tests.flows.test_prefect_yaml import DEPLOYMENTS
from tests.outbox.deliveries import NOW, make, new

PURGE = """
import json
from flows.purge import purge
print(json.dumps(purge()))
"""


def test_the_flow_empties_what_is_old_and_again_nothing(python: Callable[..., Any], application: Engine) -> None:
    old, young = make(application, new("old"), new("young"))
    with Session(application) as session, session.begin():
        for id_, days in ((old, 0), (young, 300)):
            ended = {"id": id_, "at": NOW + timedelta(days=days)}
            session.execute(text("UPDATE delivery SET state = 'delivered', state_at = :at WHERE id = :id"), ended)
            content = (
                "INSERT INTO delivery_content (delivery_id, composed_at, subject, text) VALUES (:id, :at, 'a', 'b')"
            )
            session.execute(text(content), ended)
        for day in (0, 350):
            issue_for(session, [Addressed("contact:1", None)], now=NOW + timedelta(days=day))
    later = (NOW + timedelta(days=366)).isoformat()
    assert python(PURGE, RANHAM_NOW=later) == {"contents": 1, "links": 1}
    assert python(PURGE, RANHAM_NOW=later) == {"contents": 0, "links": 0}
    with application.connect() as connection:
        contents = connection.execute(text("SELECT delivery_id, text FROM delivery_content ORDER BY 1")).all()
        assert [tuple(each) for each in contents] == [(old, ""), (young, "b")]
        assert connection.scalar(text("SELECT count(*) FROM contact_link")) == 1


def test_it_runs_once_a_day() -> None:
    (deployment,) = (each for each in DEPLOYMENTS if each["name"] == "purge")
    minute, hour, *rest = deployment["schedules"][0]["cron"].split()
    assert minute.isdecimal()
    assert hour.isdecimal()
    assert rest == ["*", "*", "*"]
