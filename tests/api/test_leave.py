"""Extensions and excuses over HTTP."""

from ranham.access.models import Role
from ranham.access.rules import Place
from tests.api.desk import fresh_unit, path, sent
from tests.api.serving import PERIOD, Api
from tests.api.test_problems import problem

EXTENSIONS = f"/api/v1/periods/{PERIOD}/extensions"
EXCUSES = f"/api/v1/periods/{PERIOD}/excuses"
UNTIL = "2022-09-10T00:00:00+07:00"


def test_an_extension_is_asked_for_by_the_unit_and_decided_by_the_ministry(api: Api) -> None:
    code = fresh_unit()
    operator, [first, *_] = api.operator(code), api.obligations(code)
    ministry = api.acting((Role.MINISTRY, Place()))
    made = operator.post(EXTENSIONS, json={"unit_code": code, "until": UNTIL, "reason": "Banjir"})
    assert made.status_code == 201
    decision = f"/api/v1/extensions/{made.json()['id']}/decision"
    problem(operator.post(decision, json={"approve": True}), 403, "forbidden")
    problem(api.operator(fresh_unit()).post(decision, json={"approve": True}), 404, "not-found")
    sent(api, operator, first)
    late = "UPDATE submission SET timeliness = 'late', submitted_at = '2022-09-08T00:00:00Z' WHERE obligation_id = :o"
    api.force(late, o=first)
    decided = ministry.post(decision, json={"approve": True, "remark": "Setuju"})
    assert decided.json() == {"extension_id": made.json()["id"], "approved": True, "reports_now_extended": 1}
    assert operator.get(path(first)).json()["timeliness"] == "extended"
    problem(ministry.post(decision, json={"approve": False}), 409, "conflict")
    [row] = operator.get(EXTENSIONS).json()["items"]
    assert (row["unit_code"], row["decision"], row["remark"]) == (code, "approved", "Setuju")


def test_the_ministry_asks_for_everybody_and_another_of_it_decides(api: Api) -> None:
    everybody = {"unit_code": None, "until": UNTIL, "reason": "Layanan terganggu"}
    problem(api.operator(fresh_unit()).post(EXTENSIONS, json=everybody), 403, "forbidden")
    ministry, another = api.acting((Role.MINISTRY, Place())), api.acting((Role.MINISTRY, Place()))
    made = ministry.post(EXTENSIONS, json=everybody).json()["id"]
    decision = f"/api/v1/extensions/{made}/decision"
    problem(ministry.post(decision, json={"approve": False}), 409, "conflict")
    assert another.post(decision, json={"approve": False}).json()["approved"] is False
    seen = api.operator(fresh_unit()).get(EXTENSIONS).json()["items"]
    assert [row["decision"] for row in seen if row["id"] == made] == ["declined"]


def test_extensions_end_where_the_cap_is(api: Api) -> None:
    code = fresh_unit()
    late = {"unit_code": code, "until": "2023-09-10T00:00:00+07:00", "reason": "Banjir"}
    problem(api.operator(code).post(EXTENSIONS, json=late), 409, "conflict")
    problem(api.operator(code).post(EXTENSIONS, json=late | {"until": "2022-09-10T00:00:00"}), 422, "bad-input")


def test_an_excuse_is_asked_for_by_the_unit_and_approved_by_the_ministry(api: Api) -> None:
    code = fresh_unit()
    operator, [first, *_] = api.operator(code), api.obligations(code)
    ministry = api.acting((Role.MINISTRY, Place()))
    asked = {"obligation_id": first, "kind": "not_applicable", "justification": "Tidak ada BUMD"}
    problem(ministry.post(EXCUSES, json=asked), 403, "forbidden")
    problem(api.operator(fresh_unit()).post(EXCUSES, json=asked), 404, "not-found")
    made = operator.post(EXCUSES, json=asked)
    assert made.status_code == 201
    problem(operator.post(EXCUSES, json=asked), 409, "conflict")
    decision = f"/api/v1/excuses/{made.json()['id']}/decision"
    problem(operator.post(decision, json={"approve": True}), 403, "forbidden")
    problem(ministry.post(decision, json={"approve": False}), 422, "bad-input")
    approved = ministry.post(decision, json={"approve": True}).json()
    assert ministry.post(decision, json={"approve": True}).json() == approved
    [row] = operator.get(EXCUSES).json()["items"]
    assert (row["approved_by"], row["unit_code"]) == (approved["decided_by"], code)
    assert operator.get(path(first)).json()["excused"] is True


def test_a_declined_excuse_is_told_with_its_reason_and_asked_for_again(api: Api) -> None:
    code = fresh_unit()
    operator, [first, *_] = api.operator(code), api.obligations(code)
    ministry = api.acting((Role.MINISTRY, Place()))
    asked = {"obligation_id": first, "kind": "excused", "justification": "Banjir"}
    decision = f"/api/v1/excuses/{operator.post(EXCUSES, json=asked).json()['id']}/decision"
    problem(operator.post(decision, json={"approve": False, "reason": "x"}), 403, "forbidden")
    declined = ministry.post(decision, json={"approve": False, "reason": "Tanpa bukti"}).json()
    assert declined["approved"] is False
    problem(ministry.post(decision, json={"approve": True}), 409, "conflict")
    [row] = operator.get(EXCUSES).json()["items"]
    assert (row["decision"], row["decline_reason"], row["approved_by"]) == ("declined", "Tanpa bukti", None)
    assert operator.get(path(first)).json()["excused"] is False
    assert operator.post(EXCUSES, json=asked).status_code == 201


def test_lists_go_on_where_they_stopped(api: Api) -> None:
    code = fresh_unit()
    operator = api.operator(code)
    for owed in api.obligations(code)[:3]:
        operator.post(EXCUSES, json={"obligation_id": owed, "kind": "excused", "justification": "x"})
        operator.post(EXTENSIONS, json={"unit_code": code, "until": UNTIL, "reason": "x"})
    for url in (f"{EXCUSES}?limit=2", f"{EXTENSIONS}?limit=2"):
        first = operator.get(url).json()
        assert len(first["items"]) == 2
        seen = [row["id"] for row in first["items"]]
        while first["next"]:
            first = operator.get(first["next"]).json()
            seen += [row["id"] for row in first["items"]]
        assert len(seen) == len(set(seen)) >= 3
