"""A file that comes in a form, as browsers and `curl -F` send it."""

import hashlib

import httpx
import pytest

from tests.api.desk import fresh_unit
from tests.api.serving import Api
from tests.api.test_evidence import pdf
from tests.api.test_problems import problem

HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
FIELD = b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\nfoto\r\n'
MOST = 20 * 1024 * 1024


@pytest.fixture(scope="module")
def operator(api: Api) -> tuple[httpx.Client, str]:
    code = fresh_unit()
    return api.operator(code), f"/api/v1/units/{code}/evidence?file_name=daftar.csv&kind=foto"


def send(
    operator: tuple[httpx.Client, str], body: bytes, kind: str = "multipart/form-data; boundary=x"
) -> httpx.Response:
    client, url = operator
    return client.post(url, content=body, headers={"Content-Type": kind})


@pytest.mark.parametrize("content", [b"nama,umur\r\nSiti,30\r\n", b"a,b\r\n--x,1\r\n" * 20_000])
def test_the_file_is_kept_without_the_form(operator: tuple[httpx.Client, str], content: bytes) -> None:
    client, url = operator
    stored = client.post(url, files={"file": ("lain.csv", content)})
    assert stored.status_code == 201, stored.text
    said = stored.json()["evidence"]
    assert (said["sha256"], said["file_name"]) == (hashlib.sha256(content).hexdigest(), "daftar.csv")


def test_the_same_file_raw_and_in_a_form_is_one(operator: tuple[httpx.Client, str]) -> None:
    client, url = operator
    url, content = url.replace("daftar.csv", "a.pdf"), pdf(b"formulir")
    assert client.post(url, content=content).status_code == 201
    assert client.post(url, files={"file": ("a.pdf", content)}).json()["already_stored"] is True


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nama\r\n",
        HEAD + b"nama\r\n",
        HEAD + b"nama\r\n--x",
        FIELD + b"--x--\r\n",
        HEAD + b"nama\r\n" + FIELD + b"--x--\r\n",
        HEAD + b"nama\r\n" + HEAD + b"umur\r\n--x--\r\n",
    ],
)
def test_a_form_that_is_not_one_whole_file_is_refused(
    api: Api, operator: tuple[httpx.Client, str], body: bytes
) -> None:
    before = api.one("SELECT count(*) FROM evidence")
    assert send(operator, body).status_code == 422
    assert api.one("SELECT count(*) FROM evidence") == before


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/mixed; boundary=x"])
def test_a_form_says_where_its_parts_end(operator: tuple[httpx.Client, str], kind: str) -> None:
    problem(send(operator, HEAD + b"nama\r\n--x--\r\n", kind), 422, "bad-input")


def test_what_stands_around_the_file_has_an_end(operator: tuple[httpx.Client, str]) -> None:
    problem(send(operator, HEAD + b"nama\r\n--x--\r\n" + b" " * (MOST + 20_000)), 413, "too-large")
    problem(send(operator, HEAD + b"a" * (MOST + 1) + b"\r\n--x--\r\n"), 413, "too-large")
