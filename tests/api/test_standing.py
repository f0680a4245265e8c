"""The shelf of answers that stay: never more than there is place for, and what was asked for last stays longest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from ranham.api.standing import LONGEST_QUERY, PLACE, Kept, Key, Shelf, stays

ENTRIES, BODIES = 4, 100


def key(number: int) -> Key:
    return f"/{number}", b"?", False


def kept(size: int) -> Kept:
    return Kept('"x"', Response(b"x" * size), Response(status_code=304), None)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 7), st.integers(0, 60)), max_size=60))
def test_a_shelf_keeps_what_was_used_last_within_its_bounds(steps: list[tuple[bool, int, int]]) -> None:
    shelf = Shelf(ENTRIES, BODIES)
    order: dict[int, int] = {}
    for put, number, size in steps:
        if put:
            shelf.put(key(number), kept(size))
            order.pop(number, None)
            order[number] = size
            while len(order) > ENTRIES or sum(order.values()) + 3 * len(order) > BODIES:
                order.pop(next(iter(order)))
        else:
            found = shelf.get(key(number))
            assert (found is not None) == (number in order)
            if found is not None:
                assert found.size == order[number]
                order[number] = order.pop(number)


def test_what_has_an_end_is_gone_after_it() -> None:
    shelf = Shelf()
    answer = Response(b"x")
    shelf.put(key(1), Kept('"x"', answer, answer, until=-1.0))
    shelf.put(key(2), Kept('"x"', answer, answer, until=float("inf")))
    assert shelf.get(key(1)) is None
    assert shelf.get(key(2)) is not None


@pytest.mark.parametrize(("query", "is_kept"), [(b"limit=7", True), (b"x=" + b"y" * LONGEST_QUERY, False)])
def test_an_odd_question_takes_no_place(query: bytes, is_kept: bool) -> None:
    shelf = Shelf()
    scope = {
        "type": "http", "path": "/api/v1/releases/2022-B08/1/figures", "query_string": query, "headers": [],
        "path_params": {"label": "R:2022-B08"}, PLACE: shelf,
    }  # fmt: skip
    answer = Response(b"x")
    assert stays(Request(scope), answer, {"ETag": '"x"'}) is answer
    assert (shelf.get((scope["path"], query, False)) is not None) is is_kept
