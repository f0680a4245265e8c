"""Releases over HTTP: who sees which, bytes that stay, conditional requests, and small cells."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.api.released import headers
from ranham.kernel.settings import settings
from ranham.release import service
from ranham.release.content import load
from ranham.release.models import Release
from ranham.release.states import ReleaseState
from tests.api.conftest import Surroundings
from tests.api.serving import Api, serving
from tests.operations.farm import until
from tests.release.world import NOW, closed_period, key, published

ONE = "/api/v1/releases/2022-B08/1"


@pytest.fixture(scope="module")
def engine_address(
    new_database: Callable[..., str],
    address: Callable[[str], str],
    national_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    made = address(new_database(national_template))
    engine = create_engine(made)
    with Session(engine) as session, session.begin():
        signing = key(tmp_path_factory.mktemp("key"))
        published(session, service.make(session, closed_period(session), by="siti", now=NOW), signing)
        service.make(session, closed_period(session, "2022-B12"), by="siti", now=NOW)
    engine.dispose()
    return made


@pytest.fixture(scope="module")
def api(engine_address: str, api_surroundings: Surroundings) -> Iterator[Api]:
    engine = create_engine(engine_address)
    with serving(engine, api_surroundings(engine, RANHAM_READER_MEMORY_SECONDS="0")) as running:
        yield running
    engine.dispose()


@pytest.fixture(scope="module")
def operator(api: Api) -> httpx.Client:
    return api.operator("36.04")


@pytest.fixture(scope="module")
def auditor(api: Api) -> httpx.Client:
    return api.acting((Role.AUDITOR, Place()))


def test_published_ones_are_for_everybody_and_others_for_those_in_charge(
    operator: httpx.Client, auditor: httpx.Client
) -> None:
    seen = operator.get("/api/v1/releases").json()
    assert [each["state"] for each in seen["items"]] == ["published"]
    assert operator.get("/api/v1/releases", params={"since": seen["since"]}).json()["items"] == []
    first = auditor.get("/api/v1/releases", params={"limit": 1}).json()
    rest = auditor.get(first["next"]).json()
    assert [each["state"] for each in first["items"] + rest["items"]] == ["published", "provisional"]
    assert rest["next"] is None
    open_one = "/api/v1/releases/2022-B12/1"
    for part in ("", "/figures", "/files/json", "/explain?figure=completeness"):
        assert operator.get(open_one + part).status_code == 404
        assert auditor.get(open_one + part).status_code == 200
    assert "etag" not in auditor.get(f"{open_one}/files/json").headers
    assert operator.get(ONE).json()["number"] == "RANHAM-V:2022-B08/1"


def test_the_bytes_of_a_published_release_stay_and_are_not_sent_twice(operator: httpx.Client) -> None:
    plain = operator.get(f"{ONE}/files/json", headers={"Accept-Encoding": "identity"})
    packed = operator.get(f"{ONE}/files/json", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content == operator.get(f"{ONE}/files/json").content
    assert plain.headers["etag"] != packed.headers["etag"]
    assert plain.headers["cache-control"] == "private, max-age=86400"  # it records no rule on small cells
    assert plain.headers["content-disposition"] == 'attachment; filename="ranham-v-2022-b08-1-simulated.json"'
    had = {"Accept-Encoding": "identity", "If-None-Match": f'"x", {plain.headers["etag"]}'}
    again = operator.get(f"{ONE}/files/json", headers=had)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", plain.headers["etag"])
    assert operator.get(f"{ONE}/files/csv", headers=had).status_code == 200


@pytest.mark.parametrize("part", ["", "/figures", "/files/json", "/documents", "/documents/annual-report.pdf"])
def test_what_cannot_be_asked_for_is_refused_and_not_passed_over(operator: httpx.Client, part: str) -> None:
    for query in ("x=1", "x=", "x=1&x=2"):
        refused = operator.get(f"{ONE}{part}?{query}")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/x")
    assert operator.get(f"{ONE}{part}?").status_code == operator.get(f"{ONE}{part}").status_code


def test_a_file_is_sent_whole_and_says_so(operator: httpx.Client) -> None:
    for _ in range(2):  # as it is rendered, and as it is kept
        whole = operator.get(f"{ONE}/files/json", headers={"Range": "bytes=0-9"})
        assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "none")
        assert len(whole.content) > 10


def test_figures_are_those_of_the_release_page_by_page(api: Api, operator: httpx.Client) -> None:
    with Session(api.engine) as session:
        content = load(session, "RANHAM-V:2022-B08/1")
    wanted = [(f.unit_code, f.numerator, f.denominator) for f in content.figures if f.figure == "completeness"]
    got, address = [], f"{ONE}/figures?figure=completeness&limit=500"
    while address:
        page = operator.get(address)
        got += [(f["unit_code"], f["numerator"], f["denominator"]) for f in page.json()["items"]]
        address = page.json()["next"]
    assert got == wanted
    by_unit = operator.get(f"{ONE}/figures?figure=completeness&sort=unit_code&level=regency&limit=500").json()
    codes = [f["unit_code"] for f in by_unit["items"]]
    assert codes == sorted(codes)
    etag = page.headers["etag"]
    assert operator.get(str(page.url), headers={"If-None-Match": etag}).status_code == 304
    assert operator.get(f"{ONE}/figures", headers={"If-None-Match": etag}).status_code == 200


def test_an_explanation_adds_up_to_its_figure(operator: httpx.Client) -> None:
    said = operator.get(f"{ONE}/explain?figure=completeness&unit_code=36.04").json()
    for part in ("numerator", "denominator"):
        assert sum(row[part] for row in said["rows"]) == said["sum"][part]
    assert operator.get(f"{ONE}/explain?figure=completeness&cursor=eHk").status_code == 422


def test_what_is_kept_is_for_those_only_who_may_read_now(api: Api, operator: httpx.Client) -> None:
    person = api.person((Role.AUDITOR, Place()))
    token = api.token(person)
    kept = operator.get(f"{ONE}/figures?limit=7")
    had = {"If-None-Match": kept.headers["etag"]}
    client = api.client(token)
    for _ in range(3):  # the first one notes the use of the token, the others find the answer
        again = client.get(f"{ONE}/figures?limit=7")
        assert (again.status_code, again.content) == (200, kept.content)
        assert {n: v for n, v in again.headers.items() if n not in ("date", "request-id")} == {
            n: v for n, v in kept.headers.items() if n not in ("date", "request-id")
        }
        same = client.get(f"{ONE}/figures?limit=7", headers=had)
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", kept.headers["etag"])
        assert client.head(f"{ONE}/figures?limit=7").headers["content-length"] == str(len(kept.content))
    for odd in ("nobody", "rnh_x", "rnh_" + "a" * 43):
        assert api.client(odd).get(f"{ONE}/figures?limit=7", headers=had).status_code == 401
    assert api.client().get(f"{ONE}/figures?limit=7", headers=had).status_code == 401
    long = {"If-None-Match": "x" * 2001}
    assert client.get(f"{ONE}/figures?limit=7", headers=long).status_code == 422
    api.execute("UPDATE person SET disabled_at = now() WHERE id = :p", p=person)
    assert client.get(f"{ONE}/figures?limit=7", headers=had).status_code == 401
    api.execute("UPDATE person SET disabled_at = NULL WHERE id = :p", p=person)
    assert client.get(f"{ONE}/figures?limit=7", headers=had).status_code == 304
    api.execute("UPDATE api_token SET expires_at = now() - interval '1 second' WHERE person_id = :p", p=person)
    assert client.get(f"{ONE}/figures?limit=7", headers=had).status_code == 401


def test_the_use_of_a_token_is_noted_though_the_answer_is_kept(api: Api) -> None:
    person = api.person((Role.AUDITOR, Place()))
    client = api.client(api.token(person))
    used = "SELECT last_used_at FROM api_token WHERE person_id = :p"
    tag = client.get(f"{ONE}/figures?limit=9").headers["etag"]
    client.get(f"{ONE}/figures?limit=9", headers={"If-None-Match": tag})
    first = api.one(used, p=person)
    api.execute(
        "UPDATE api_token SET last_used_at = last_used_at - interval '2 minutes' WHERE person_id = :p", p=person
    )
    assert client.get(f"{ONE}/figures?limit=9", headers={"If-None-Match": tag}).status_code == 304
    assert api.one(used, p=person) >= first


def test_nobody_gets_anything_after_their_token_was_revoked(api: Api, operator: httpx.Client) -> None:
    tag = operator.get(f"{ONE}/figures?limit=11").headers["etag"]
    had = {"If-None-Match": tag}

    def one(_: int) -> list[int]:
        person = api.person((Role.AUDITOR, Place()))
        client = api.client(api.token(person))
        said = [client.get(f"{ONE}/figures?limit=11", headers=had).status_code for _ in range(20)]
        api.execute("UPDATE api_token SET revoked_at = now() WHERE person_id = :p", p=person)
        return said + [client.get(f"{ONE}/figures?limit=11", headers=had).status_code for _ in range(5)]

    with ThreadPoolExecutor(8) as pool:
        for said in pool.map(one, range(24)):
            assert said == [304] * 20 + [401] * 5


def test_a_revoked_token_is_remembered_for_a_moment_and_for_published_figures_alone(
    engine_address: str, api_surroundings: Surroundings
) -> None:
    engine = create_engine(engine_address)
    with serving(engine, api_surroundings(engine)) as running:
        person = running.person((Role.AUDITOR, Place()))
        client = running.client(running.token(person))
        had = {"If-None-Match": client.get(f"{ONE}/figures?limit=17").headers["etag"]}
        said = [client.get(f"{ONE}/figures?limit=17", headers=had).status_code for _ in range(20)]
        running.execute("UPDATE api_token SET revoked_at = now() WHERE person_id = :p", p=person)
        assert client.get("/api/v1/me").status_code == 401
        until(lambda: client.get(f"{ONE}/figures?limit=17", headers=had).status_code == 401, "the end of the moment")
        after = [client.get(f"{ONE}/figures?limit=17", headers=had).status_code for _ in range(20)]
    engine.dispose()
    assert said == [304] * 20
    assert after == [401] * 20


def test_a_connection_that_the_database_closes_is_made_anew(api: Api, operator: httpx.Client) -> None:
    had = {"If-None-Match": operator.get(f"{ONE}/figures?limit=13").headers["etag"]}
    closing = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'ranham-app'"
    for _ in range(3):
        assert api.one(closing) > 0
        answered = [operator.get(f"{ONE}/figures?limit=13", headers=had).status_code for _ in range(4)]
        assert set(answered) <= {304, 503}
        assert answered[-1] == 304


ACTIONS = """
SELECT DISTINCT a.code, coalesce(g.code, '(none)') FROM release_fact f JOIN action a ON a.id = f.action_id
LEFT JOIN target_group g ON g.id = a.target_group_id
"""


@pytest.mark.parametrize(
    ("recorded", "configured", "said"),
    [
        (True, True, "private, max-age=31536000, immutable"),
        (True, False, "private, max-age=31536000, immutable"),
        (False, True, "private, no-cache"),
        (False, False, "private, max-age=86400"),
    ],
)
def test_copies_live_as_long_as_the_rule_on_small_cells_surely_does(
    monkeypatch: pytest.MonkeyPatch, recorded: bool, configured: bool, said: str
) -> None:
    rule = {"target_groups": ["anak"], "threshold": 5}
    monkeypatch.setenv("RANHAM_SMALL_CELLS", json.dumps(rule if configured else {}))
    settings.cache_clear()
    release = Release(state=ReleaseState.PUBLISHED, rules={"suppression": rule} if recorded else {})
    try:
        assert headers(release, tag="x")["Cache-Control"] == said
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_small_cells_are_hidden_in_every_answer(engine_address: str, api_surroundings: Surroundings) -> None:
    engine = create_engine(engine_address)
    with engine.connect() as connection:
        actions = {row[0]: row[1] for row in connection.execute(text(ACTIONS))}
    group = min(set(actions.values()) - {"(none)"})
    rule = json.dumps({"target_groups": [group], "threshold": 5, "actions": actions})
    with serving(engine, api_surroundings(engine, RANHAM_SMALL_CELLS=rule)) as running:
        operator, auditor = running.operator("36.04"), running.acting((Role.AUDITOR, Place()))
        file = operator.get(f"{ONE}/files/json")
        told = {f["position"]: f for f in file.json()["figures"]}
        small = operator.get(f"{ONE}/figures?target_group={group}&limit=500")
        hidden = [f for f in small.json()["items"] if f["suppressed"]]
        assert hidden
        assert all(f["numerator"] is None and f["percent"] is None for f in hidden if f["denominator"] is None)
        for each in small.json()["items"]:
            assert each == told[each["position"]] | {"action_title": None}
        titles = {action["code"]: action["title"] for action in file.json()["actions"]}
        for each in operator.get(f"{ONE}/figures?action=D1&limit=500").json()["items"]:
            assert each == told[each["position"]] | {"action_title": titles["D1"]}
        assert {r.headers["cache-control"] for r in (file, small)} == {"private, no-cache"}
        question = f"{ONE}/explain?figure=completeness&unit_code=36.04"
        assert (operator.get(question).status_code, auditor.get(question).status_code) == (403, 200)
    engine.dispose()


def test_under_a_rule_that_no_plan_knows_nothing_is_shown(engine_address: str, api_surroundings: Surroundings) -> None:
    engine = create_engine(engine_address)
    rule = json.dumps({"target_groups": ["Disabilitas"], "threshold": 5})
    with serving(engine, api_surroundings(engine, RANHAM_SMALL_CELLS=rule)) as running:
        operator = running.operator("36.04")
        for asked in ("figures?limit=3", "files/json", "explain?figure=completeness&unit_code=36.04", "documents"):
            refused = operator.get(f"{ONE}/{asked}")
            assert (refused.status_code, refused.json()["type"]) == (503, "urn:ranham:problem:not-answering"), asked
            assert "etag" not in refused.headers
    engine.dispose()
