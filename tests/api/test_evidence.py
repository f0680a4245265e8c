"""Evidence over HTTP."""

import hashlib
import itertools
from collections.abc import AsyncIterator, Iterator

import anyio
import httpx
import pytest
from anyio import to_thread

from ranham.access.models import Role
from ranham.access.rules import Place
from ranham.api.kinds import Stalled
from ranham.api.uploading import Pieces
from tests.api.desk import fresh_unit, path
from tests.api.serving import Api
from tests.api.test_problems import problem
from tests.submission.evidence.documents import PDF


@pytest.fixture
def unit(api: Api) -> tuple[httpx.Client, int, str]:
    code = fresh_unit()
    return api.operator(code), api.obligations(code)[0], code


def pdf(words: bytes) -> bytes:
    """A file of its own: the same bytes would be the same file."""
    return PDF.replace(b"\n", b"\n%" + words + b"\n", 1)


def upload(
    client: httpx.Client, code: str, content: bytes | Iterator[bytes], *, name: str = "notulen.pdf", **headers: str
) -> httpx.Response:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return client.post(
        f"/api/v1/units/{code}/evidence", params={"file_name": name, "kind": "foto", "dated_on": "2022-08-12"},
        content=content, headers={"Content-Type": "application/octet-stream"} | named,
    )  # fmt: skip


def test_a_file_is_kept_described_and_handed_out(unit: tuple[httpx.Client, int, str]) -> None:
    operator, _, code = unit
    content = pdf(b"satu")
    stored = upload(operator, code, iter([content[:10], content[10:]]))
    assert stored.status_code == 201, stored.text
    said = stored.json()["evidence"]
    assert said["sha256"] == hashlib.sha256(content).hexdigest()
    assert (said["unit_code"], said["media_type"], said["dated_on"]) == (code, "application/pdf", "2022-08-12")
    assert operator.get(f"/api/v1/evidence/{said['id']}").json() == said
    got = operator.get(f"/api/v1/evidence/{said['id']}/content")
    assert got.content == content
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]
    again = upload(operator, code, content, name="lain.pdf")
    assert (again.status_code, again.json()["already_stored"]) == (200, True)
    assert again.json()["evidence"] == said


def test_a_file_lies_beside_an_answer_until_it_is_sent(unit: tuple[httpx.Client, int, str]) -> None:
    operator, first, code = unit
    evidence = upload(operator, code, pdf(b"dua")).json()["evidence"]["id"]
    url = path(first)
    assert operator.put(f"{url}/answers/1/evidence/{evidence}").status_code == 204
    assert operator.put(f"{url}/answers/1/evidence/{evidence}").status_code == 204
    seen = operator.get(url).json()["measures"][0]
    assert (seen["draft"]["evidence_ids"], seen["etag"]) == ([evidence], None)
    problem(operator.delete(f"/api/v1/evidence/{evidence}"), 409, "conflict")
    assert operator.delete(f"{url}/answers/1/evidence/{evidence}").status_code == 204
    assert operator.delete(f"/api/v1/evidence/{evidence}").status_code == 204
    problem(operator.get(f"/api/v1/evidence/{evidence}"), 404, "not-found")


def test_evidence_is_part_of_what_is_sent(unit: tuple[httpx.Client, int, str]) -> None:
    operator, first, code = unit
    evidence = upload(operator, code, pdf(b"tiga")).json()["evidence"]["id"]
    answers = [
        {"measure_number": 1, "answer": "achieved", "value": 3, "evidence_ids": [evidence]},
        {"measure_number": 2, "answer": "not_achieved"},
    ]
    assert operator.post(f"{path(first)}/submission", json={"answers": answers}).status_code == 201
    problem(operator.delete(f"/api/v1/evidence/{evidence}"), 409, "conflict")


def test_what_is_not_evidence_is_refused(unit: tuple[httpx.Client, int, str]) -> None:
    operator, _, code = unit
    problem(upload(operator, code, b"<html><script>1</script></html>", name="a.txt"), 422, "bad-input")
    problem(upload(operator, code, b""), 422, "bad-input")
    problem(upload(operator, code, iter([b"%PDF-1.7\n", *[b"x" * (1 << 20)] * 21])), 413, "too-large")
    problem(operator.post(f"/api/v1/units/{code}/evidence", content=pdf(b"x")), 422, "bad-input")


def test_an_upload_under_a_key_is_the_same_upload(unit: tuple[httpx.Client, int, str]) -> None:
    operator, _, code = unit
    made = upload(operator, code, pdf(b"empat"), Idempotency_Key="unggah")
    again = upload(operator, code, pdf(b"empat"), Idempotency_Key="unggah")
    assert (again.status_code, again.content) == (201, made.content)
    problem(upload(operator, code, pdf(b"lima"), Idempotency_Key="unggah"), 422, "idempotency-key-reused")


def test_files_of_others_are_not_there(api: Api, unit: tuple[httpx.Client, int, str]) -> None:
    operator, first, code = unit
    evidence = upload(operator, code, pdf(b"enam")).json()["evidence"]["id"]
    other_code = fresh_unit()
    other = api.operator(other_code)
    for url in (f"/api/v1/evidence/{evidence}", f"/api/v1/evidence/{evidence}/content"):
        problem(other.get(url), 404, "not-found")
    problem(other.delete(f"/api/v1/evidence/{evidence}"), 404, "not-found")
    problem(upload(other, code, pdf(b"tujuh")), 404, "not-found")
    own = api.obligations(other_code)[0]
    problem(other.put(f"{path(own)}/answers/1/evidence/{evidence}"), 404, "not-found")
    auditor = api.acting((Role.AUDITOR, Place()))
    assert auditor.get(f"/api/v1/evidence/{evidence}/content").status_code == 200
    problem(upload(auditor, code, pdf(b"delapan")), 403, "forbidden")
    problem(auditor.put(f"{path(first)}/answers/1/evidence/{evidence}"), 403, "forbidden")


def test_a_local_agency_works_where_it_is_asked(api: Api, unit: tuple[httpx.Client, int, str]) -> None:
    operator, first, code = unit
    agency = api.acting((Role.OPD_CONTRIBUTOR, Place(unit_id=api.unit(code), opd="Dinas Sosial")))
    evidence = upload(agency, code, pdf(b"sembilan")).json()["evidence"]["id"]
    url = path(first)
    refused = agency.put(f"{url}/answers/1", json={"answer": "nil"}, headers={"If-None-Match": "*"})
    problem(refused, 403, "not-asked")
    problem(agency.put(f"{url}/answers/1/evidence/{evidence}"), 403, "not-asked")
    asked = operator.put(f"{url}/answers/1/opd", json={"opd": "Dinas Sosial"})
    assert agency.put(f"{url}/answers/1/evidence/{evidence}").status_code == 204
    seen = {"If-Match": asked.headers["etag"]} if asked.json()["version"] else {"If-None-Match": "*"}
    assert agency.put(f"{url}/answers/1", json={"answer": "nil", "note": "x"}, headers=seen).status_code in (200, 201)
    problem(agency.put(f"{url}/answers/2/evidence/{evidence}"), 403, "not-asked")
    problem(agency.put(f"{url}/answers/2/opd", json={"opd": "Dinas Sosial"}), 403, "forbidden")
    problem(agency.post(f"{url}/submission"), 403, "forbidden")
    problem(agency.delete(f"/api/v1/evidence/{evidence}"), 403, "forbidden")


def test_a_sender_who_never_ends_is_sent_away() -> None:
    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b"x"

    async def take_in(longest: float) -> bytes:
        taken = itertools.islice(Pieces(drops(), longest=longest), 3)
        return await to_thread.run_sync(lambda: b"".join(taken))

    assert anyio.run(take_in, 60) == b"xxx"
    with pytest.raises(Stalled, match="took longer"):
        anyio.run(take_in, -1)
