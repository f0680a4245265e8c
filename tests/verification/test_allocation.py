"""Even loads, no conflict of interest, the same for the same input."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ranham.verification.rules import Interests, Waiting, distribute

NAMES = st.sampled_from(["ani", "budi", "citra", "dewi", "eko"])
UNITS = st.integers(1, 6)
INTERESTS = st.builds(Interests, st.frozensets(UNITS, max_size=3), st.frozensets(st.integers(90, 92), max_size=2))
VERIFIERS = st.dictionaries(NAMES, INTERESTS, min_size=1)
LOADS = st.dictionaries(NAMES, st.integers(0, 5))
TASKS = st.lists(
    st.builds(Waiting, st.integers(1, 60), UNITS, st.one_of(st.none(), st.integers(90, 92)), st.one_of(st.none(), NAMES)),
    unique_by=lambda task: task.task_id,
    max_size=30,
)  # fmt: skip


def may(task: Waiting, name: str, interests: Interests) -> bool:
    own = task.unit_id in interests.units | interests.provinces or task.province_id in interests.provinces
    return not own and name != task.first_reader


@given(TASKS, VERIFIERS, LOADS)
def test_nobody_gets_what_they_must_not_judge_and_nothing_else_is_left(
    tasks: list[Waiting], verifiers: dict[str, Interests], loads: dict[str, int]
) -> None:
    made = distribute(tasks, verifiers, loads)
    for task in tasks:
        takers = [name for name in verifiers if may(task, name, verifiers[name])]
        assert (made.given.get(task.task_id) in takers) if takers else (task.task_id in made.nobody)
    assert len(made.given) + len(made.nobody) == len(tasks)


@given(TASKS, VERIFIERS, LOADS)
def test_no_task_could_change_hands_so_that_loads_become_more_even(
    tasks: list[Waiting], verifiers: dict[str, Interests], loads: dict[str, int]
) -> None:
    made = distribute(tasks, verifiers, loads)
    load = {name: loads.get(name, 0) + list(made.given.values()).count(name) for name in verifiers}
    for task in tasks:
        for name, interests in verifiers.items():
            if task.task_id in made.given and may(task, name, interests):
                assert load[made.given[task.task_id]] <= load[name] + 1


@given(st.integers(0, 40), st.sets(NAMES, min_size=1))
def test_without_conflicts_loads_differ_by_at_most_one(count: int, names: set[str]) -> None:
    made = distribute([Waiting(n, 1, None) for n in range(count)], dict.fromkeys(names, Interests()), {})
    loads = [list(made.given.values()).count(name) for name in names]
    assert max(loads) - min(loads) <= 1


@given(TASKS, VERIFIERS, LOADS, st.randoms())
def test_the_order_of_the_input_changes_nothing(
    tasks: list[Waiting], verifiers: dict[str, Interests], loads: dict[str, int], random: Random
) -> None:
    first = distribute(tasks, verifiers, loads)
    random.shuffle(tasks)
    again = distribute(tasks, dict(reversed(verifiers.items())), dict(reversed(loads.items())))
    assert again == first


def test_an_interest_in_a_province_covers_its_regencies_and_an_interest_in_a_unit_does_not() -> None:
    banten, serang = 36, 3604
    assert Interests(provinces=frozenset({banten})).touch(serang, banten)
    assert Interests(provinces=frozenset({banten})).touch(banten, banten)
    assert not Interests(units=frozenset({banten})).touch(serang, banten)
    assert Interests(units=frozenset({banten})).touch(banten, banten)
