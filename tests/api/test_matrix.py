"""Every role, at home and elsewhere, in every state of a report: what happens is what docs/access.md says."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.permissions import Right, Scope
from ranham.access.rules import Place
from ranham.submission.states import Event, Refusal, State, advance
from tests.access.documented import rights
from tests.api.desk import path, sent
from tests.api.serving import Api
from tests.api.test_verification import fill, office_of, task_of

HOME, NEIGHBOUR, ELSEWHERE = "14.01", "14.02", "71.01"
"""Two regencies of one province, and one of another with another Kanwil."""
PROVINCE, OPD = "14", "Dinas Sosial"
RIGHTS = rights()
_notes = itertools.count(1)


@dataclass(frozen=True)
class Somebody:
    client: httpx.Client
    role: Role
    covers: dict[Scope, set[str]]
    """Units that each scope of the table means for this person."""


@dataclass(frozen=True)
class Target:
    unit: str
    obligation: int
    report: int
    task: int


@dataclass(frozen=True)
class Deed:
    right: Right
    event: Event | None
    """What it does to the state of the report; None: the state does not matter."""
    do: Callable[[Somebody, Target], httpx.Response]


@pytest.fixture(scope="module")
def targets(api: Api) -> dict[str, Target]:
    owed = {unit: api.obligations(unit)[0] for unit in (HOME, NEIGHBOUR, ELSEWHERE)}
    for unit, obligation in owed.items():
        sent(api, api.operator(unit), obligation)
    fill(api)
    report = "SELECT id FROM report WHERE obligation_id = :o"
    return {
        unit: Target(unit, obligation, int(api.one(report, o=obligation)), task_of(api, obligation))
        for unit, obligation in owed.items()
    }


@pytest.fixture(scope="module")
def people(api: Api) -> list[Somebody]:
    home, both, everywhere = {HOME}, {HOME, NEIGHBOUR}, {HOME, NEIGHBOUR, ELSEWHERE}
    places: list[tuple[Role, Place, dict[Scope, set[str]]]] = [
        (Role.OPERATOR, Place(unit_id=api.unit(HOME)), {Scope.UNIT: home}),
        (Role.OPD_CONTRIBUTOR, Place(unit_id=api.unit(HOME), opd=OPD), {Scope.UNIT: home, Scope.ASKED: home}),
        (Role.PROVINCE_COORDINATOR, Place(unit_id=api.unit(PROVINCE)), {Scope.PROVINCE: both}),
        (Role.VERIFIER, Place(office_id=office_of(api, HOME)), {Scope.OFFICE: both}),
        (Role.VERIFIER, Place(), {Scope.OFFICE: everywhere}),
        (Role.MINISTRY, Place(), {Scope.ALL: everywhere}),
        (Role.AUDITOR, Place(), {Scope.ALL: everywhere}),
        (Role.ENGINE_OPERATOR, Place(), {Scope.ALL: everywhere}),
    ]
    return [Somebody(api.acting((role, place)), role, covers) for role, place, covers in places]


def send(who: Somebody, target: Target) -> httpx.Response:
    body = {"answers": [{"measure_number": n, "answer": "not_achieved", "note": str(next(_notes))} for n in (1, 2)]}
    return who.client.post(f"{path(target.obligation)}/submission", json=body)


def write_answer(who: Somebody, target: Target) -> httpx.Response:
    return who.client.put(
        f"{path(target.obligation)}/answers/1", json={"answer": "partly"}, headers={"If-None-Match": "*"}
    )


def reopen(who: Somebody, target: Target) -> httpx.Response:
    return who.client.post(f"{path(target.obligation)}/reopening", json={"reason_code": "error", "remark": "x"})


DEEDS: dict[str, Deed] = {
    "read": Deed(Right.READ, None, lambda who, target: who.client.get(path(target.obligation))),
    "preview": Deed(Right.READ, None, lambda who, target: who.client.get(f"{path(target.obligation)}/findings")),
    "answer": Deed(Right.ANSWER, Event.EDIT, write_answer),
    "attach": Deed(
        Right.ANSWER, Event.EDIT,
        lambda who, target: who.client.delete(f"{path(target.obligation)}/answers/1/evidence/999999"),
    ),
    "ask": Deed(
        Right.MANAGE, Event.EDIT,
        lambda who, target: who.client.put(f"{path(target.obligation)}/answers/1/opd", json={"opd": OPD}),
    ),
    "submit": Deed(Right.SUBMIT, Event.SUBMIT, send),
    "reopen": Deed(Right.REOPEN, Event.REOPEN, reopen),
    "take": Deed(
        Right.VERIFY, Event.TAKE, lambda who, target: who.client.post(f"/api/v1/verification/tasks/{target.task}/take")
    ),
}  # fmt: skip


def expected(who: Somebody, target: Target, deed: Deed, state: State) -> set[int]:
    table = RIGHTS[who.role]

    def covered(right: Right) -> bool:
        scope = table.get(right)
        return scope is not None and target.unit in who.covers[scope]

    if not covered(Right.READ):
        return {404}
    if not covered(deed.right):
        return {403}
    if deed.event is None:
        return {200}
    # A reading that was begun may be taken up by whoever it is given to now: that is no transition.
    if deed.event is Event.TAKE and state is State.UNDER_VERIFICATION:
        return {200}
    refused = isinstance(advance(state, deed.event, period_closed=False), Refusal)
    return {409} if refused else {200, 201, 204}


def bring_into(session: Session, target: Target, state: State) -> None:
    """A report in a state, with a draft in which the OPD is asked, and a task that nobody has."""
    statements = (
        "SET LOCAL session_replication_role = replica",
        "DELETE FROM draft_evidence WHERE report_id = :report",
        "DELETE FROM draft_answer WHERE report_id = :report",
        """UPDATE report SET state = cast(:state AS varchar),
               score_bp = CASE WHEN cast(:state AS varchar) IN ('verified', 'final') THEN 9000 END,
               reopened_at = NULL, return_due_at = NULL WHERE id = :report""",
        """INSERT INTO draft_answer (report_id, measure_id, opd, version, written_by, written_at)
           SELECT r.id, m.id, :opd, 0, 'x', now() FROM report r
           JOIN measure m ON m.action_id = r.action_id AND m.period_id = r.period_id AND m.number = 1
           WHERE r.id = :report""",
        """UPDATE verification_task SET verifier = NULL, taken_at = NULL, submission_id = NULL, done_at = NULL
           WHERE id = :task""",
    )
    for statement in statements:
        values = {"report": target.report, "state": state.value, "opd": OPD, "task": target.task}
        session.execute(text(statement), {k: v for k, v in values.items() if f":{k}" in statement})
    session.commit()


@pytest.fixture(scope="module")
def owner(api: Api) -> Iterator[Session]:
    with Session(api.engine) as session:
        yield session


@pytest.mark.parametrize("state", list(State))
def test_every_cell_is_as_documented(
    people: list[Somebody], targets: dict[str, Target], owner: Session, state: State
) -> None:
    wrong: list[tuple[Any, ...]] = []
    for target, who, (name, deed) in itertools.product(targets.values(), people, DEEDS.items()):
        bring_into(owner, target, state)
        answered = deed.do(who, target)
        wanted = expected(who, target, deed, state)
        if answered.status_code not in wanted:
            wrong.append((who.role, target.unit, name, answered.status_code, wanted, answered.text))
    assert wrong == []


def test_rights_that_no_state_asks_for_are_as_documented(
    api: Api, people: list[Somebody], targets: dict[str, Target]
) -> None:
    wrong = []
    for target, who in itertools.product(targets.values(), people):
        asked = {"unit_code": target.unit, "until": "2022-09-10T00:00:00+07:00", "reason": "x"}
        made = who.client.post("/api/v1/periods/2022-B08/extensions", json=asked)
        operator = api.operator(target.unit)
        open_one = operator.post("/api/v1/periods/2022-B08/extensions", json=asked).json()["id"]
        deeds = {
            Right.REQUEST: made,
            Right.GRANT: who.client.post(f"/api/v1/extensions/{open_one}/decision", json={"approve": False}),
            Right.UPLOAD: who.client.post(
                f"/api/v1/units/{target.unit}/evidence?file_name=a.txt&kind=foto", content=b"satu"
            ),
        }
        for right, answered in deeds.items():
            scope = RIGHTS[who.role].get(right)
            reads = target.unit in who.covers[RIGHTS[who.role][Right.READ]]
            allowed = scope is not None and target.unit in who.covers[scope]
            wanted = {200, 201} if allowed else {403} if reads else {404}
            if answered.status_code not in wanted:
                wrong.append((who.role, target.unit, right, answered.status_code, wanted, answered.text))
    assert wrong == []


def test_who_holds_nothing_sees_nothing(api: Api, targets: dict[str, Target]) -> None:
    nobody = Somebody(api.acting(), Role.OPERATOR, {})
    for target, deed in itertools.product(targets.values(), DEEDS.values()):
        assert deed.do(nobody, target).status_code == 404
    assert nobody.client.get("/api/v1/periods/2022-B08/reports").json() == {"items": [], "next": None}
