import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.kernel.errors import BadInput
from ranham.outbox.deliveries import create
from tests.outbox.deliveries import NOW, new


def test_a_key_is_one_delivery_and_the_first_one_stays(session: Session) -> None:
    first = create(session, [new("a"), new("b"), new("a", "other@example.go.id")], now=NOW)
    assert len(first) == 2
    assert len(create(session, [new("a", "third@example.go.id"), new("c")], now=NOW)) == 1
    found = session.execute(text("SELECT key, address, state FROM delivery ORDER BY key")).all()
    assert [tuple(row) for row in found] == [(k, f"{k}@example.go.id", "created") for k in "abc"]


def test_no_deliveries_are_no_statement(session: Session) -> None:
    assert create(session, [], now=NOW) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"address": "a@b\r\nBcc: all@example.go.id"}, "one line"),
        ({"name": "Budi\nBcc: all@example.go.id"}, "one line"),
        ({"address": " "}, "an address"),
        ({"address": "nobody"}, "one @"),
        ({"language": "de"}, "id or en"),
    ],
)
def test_what_would_never_arrive_is_refused_with_its_key(
    session: Session, changed: dict[str, object], said: str
) -> None:
    with pytest.raises(BadInput, match=f"delivery x, .*{said}"):
        create(session, [new("x", **changed)], now=NOW)
