"""A release file holds with the public key and nothing else, and no byte of it can be another."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ranham.kernel.errors import BadInput, Conflict, NotFound
from ranham.release.content import Figure, Header, ReleaseContent, UnitRow
from ranham.release.file import check_file, to_file
from ranham.release.signing import Key, new_key, read_key, read_public_key
from ranham.release.spelling import canonical, content_hash
from tests.architecture.test_house import ROOT

MADE = datetime(2022, 10, 10, 3, 4, 5, tzinfo=UTC)


def small(key: Key | None) -> ReleaseContent:
    header = Header(
        number="RANHAM-V:2022-B08/1", regulation="RANHAM-V", label="2022-B08", kind="period", version=1, state="published",
        sandbox=False, reason=None, territory_as_of=date(2022, 1, 1), rules={"scoring": {"unverified": ["x"]}},
        rules_digest="0" * 64, simulated=True, made_at=MADE, published_at=MADE, content_hash="", signature=None, key_id=None,
        supersedes=None, superseded_by=None, closing_month=8, year=2022,
    )  # fmt: skip
    figure = Figure("regency", "36.04", 'Kabupaten "Serang" \u2019é\n', "own", None, "D1", "late", 1, 6, "obligations")
    content = ReleaseContent(header, (UnitRow("36.04", "Serang", "kabupaten", "regency", "36", "kanwil"),), (figure,))
    if key is None:
        return content
    signature = key.sign(canonical(content)).hex()
    return replace(
        content,
        header=replace(header, content_hash=content_hash(content), signature=signature, key_id=key.key_id),
    )


@pytest.fixture
def key(tmp_path: Path) -> Key:
    return new_key(tmp_path / "signing.pem")


def test_what_changes_after_the_signing_off_is_no_part_of_the_content(key: Key) -> None:
    content = small(key)
    later = replace(content.header, state="superseded", superseded_by="RANHAM-V:2022-B08/2", published_at=None)
    assert canonical(replace(content, header=later)) == canonical(content)
    other = replace(content.header, reason="lain")
    assert canonical(replace(content, header=other)) != canonical(content)


def test_the_canonical_form_has_sorted_keys_no_spaces_and_no_escapes_that_are_not_needed(key: Key) -> None:
    said = canonical(small(key)).decode()
    assert said.startswith('{"figures":{"columns":["level","unit_code",')
    assert 'Kabupaten \\"Serang\\" \u2019é\\n' in said
    assert "\n" not in said


def test_every_single_byte_that_is_flipped_is_found(key: Key) -> None:
    data = to_file(small(key))
    assert check_file(data, key.public).signed
    for place in range(len(data)):
        for bit in (0x01, 0x20, 0x80):
            changed = bytearray(data)
            changed[place] ^= bit
            with pytest.raises(BadInput):
                check_file(bytes(changed), key.public)
    for cut in (data[:-1], data + b"\n", b"", data + data):
        with pytest.raises(BadInput):
            check_file(cut, key.public)


def test_another_key_is_found(key: Key, tmp_path: Path) -> None:
    other = new_key(tmp_path / "other.pem")
    with pytest.raises(BadInput, match="another key signed it"):
        check_file(to_file(small(key)), other.public)
    assert not check_file(to_file(small(key)), None).signed


def test_what_is_not_signed_or_not_what_was_signed_makes_no_file(key: Key) -> None:
    with pytest.raises(Conflict, match="it is signed when it is published"):
        to_file(small(None))
    content = small(key)
    with pytest.raises(Conflict, match="no longer says what was signed"):
        to_file(replace(content, figures=()))


def test_a_key_file_is_its_owner_s_and_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "signing.pem"
    made = new_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Conflict, match="never overwritten"):
        new_key(file)
    assert read_key(file).key_id == made.key_id
    assert "PRIVATE" not in repr(made) + made.public.pem
    assert "_private" not in repr(made)
    with pytest.raises(Conflict, match="ranham release key new"):
        read_key(None)
    with pytest.raises(NotFound):
        read_key(tmp_path / "none.pem")
    (tmp_path / "bad.pem").write_text("x")
    for read in (read_key, read_public_key):
        with pytest.raises(Conflict, match="in PEM"):
            read(tmp_path / "bad.pem")
    public = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)
    assert read_public_key(tmp_path / "public.pem").pem == public.decode()


def offline(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """With no settings but an address at which no database is."""
    environment = {
        "PATH": os.environ["PATH"],
        "RANHAM_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        **settings,
    }
    return subprocess.run(
        [sys.executable, "-m", "ranham.cli.app", "release", "verify", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_verify_needs_the_file_and_the_public_key_only(key: Key, tmp_path: Path) -> None:
    file, public = tmp_path / "release.json", tmp_path / "public.pem"
    file.write_bytes(to_file(small(key)))
    public.write_text(key.public.pem)
    held = offline(str(file), "--public-key", str(public))
    assert (held.returncode, f"Signed with the key {key.key_id}" in held.stdout) == (0, True)
    assert "DATA SIMULASI" in held.stdout
    whole = offline(str(file))
    assert (whole.returncode, whole.stderr) == (5, "")
    assert "RANHAM-V:2022-B08/1 is whole; who signed it was not checked: that needs --public-key." in whole.stdout
    assert "holds" not in whole.stdout
    file.write_bytes(to_file(small(key)).replace(b"36.04", b"36.05"))
    broken = offline(str(file), "--public-key", str(public))
    assert (broken.returncode, "does not hold" in broken.stderr, "the file was changed" in broken.stderr) == (
        3,
        True,
        True,
    )


def test_verify_needs_no_settings_even_where_they_are_wrong(key: Key, tmp_path: Path) -> None:
    file, public = tmp_path / "release.json", tmp_path / "public.pem"
    file.write_bytes(to_file(small(key)))
    public.write_text(key.public.pem)
    held = offline(str(file), "--public-key", str(public), RANHAM_LEASE_SECONDS="abc")
    assert (held.returncode, held.stderr) == (0, "")
    helped = offline("--help", RANHAM_LEASE_SECONDS="abc")
    assert (helped.returncode, helped.stderr) == (0, "")
    public.write_text("x")
    assert offline(str(file), "--public-key", str(public)).returncode == 1


def forged(content: bytes) -> bytes:
    """What anybody can write: the hash of the content is right, the signature is invented."""
    last = f',"content_hash":"{hashlib.sha256(content).hexdigest()}","key_id":"{"0" * 64}","signature":"{"0" * 128}"}}'
    return b"\n".join([b'{"content":', content, last.encode(), b""])


WHOLE = '{"release":{"number":"X:2022/9","simulated":false},"figures":{"columns":["suppressed"],"rows":[[null]]}}'


def test_a_forged_file_is_whole_at_the_best(tmp_path: Path) -> None:
    assert check_file(forged(WHOLE.encode()), None).hidden == 0
    file = tmp_path / "forged.json"
    file.write_bytes(forged(WHOLE.encode()))
    said = offline(str(file))
    assert (said.returncode, said.stdout.startswith("X:2022/9 is whole; who signed it was not checked")) == (5, True)


@pytest.mark.parametrize(
    "content",
    [
        "1", "null", "[]", "{}", "[" * 100_000, '{"a":' * 100_000,
        WHOLE.replace('"X:2022/9"', "9"), WHOLE.replace("X:2022/9", "X\\u001b[2K"), WHOLE.replace("false", '"no"'),
        WHOLE.replace("[[null]]", "[null]"), WHOLE.replace("[[null]]", "[[]]"), WHOLE.replace("[[null]]", "1"),
        WHOLE.replace('["suppressed"]', "1"), WHOLE.replace("figures", "figure"),
    ],
)  # fmt: skip
def test_content_of_another_shape_does_not_hold(content: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="content: found "):
        check_file(forged(content.encode()), None)


def test_a_forged_file_of_another_shape_is_told_like_any_that_does_not_hold(tmp_path: Path) -> None:
    file = tmp_path / "forged.json"
    file.write_bytes(forged(b"{}"))
    said = offline(str(file))
    assert (said.returncode, "does not hold" in said.stderr, "Traceback" in said.stderr) == (3, True, False)


def recipe(file: Path, public: Path) -> tuple[int, str]:
    """Runs the recipe exactly as the document has it."""
    document = (ROOT / "docs" / "releases.md").read_text("utf-8")
    script = document.split("```bash\n")[1].split("```")[0]
    ran = subprocess.run(
        ["bash", "-c", script, "check.sh", str(file), str(public)], capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout


def test_the_recipe_of_the_document_accepts_what_was_published(key: Key, tmp_path: Path) -> None:
    file, public = tmp_path / "release.json", tmp_path / "public.pem"
    content = small(key)
    file.write_bytes(to_file(content))
    public.write_text(key.public.pem)
    assert recipe(file, public) == (0, f"the release holds, SHA-256 {content_hash(content)}\n")
    other = tmp_path / "other.pem"
    other.write_text(new_key(tmp_path / "o.pem").public.pem)
    assert recipe(file, other)[0] == 1


def test_the_recipe_of_the_document_finds_every_sampled_flip(key: Key, tmp_path: Path) -> None:
    file, public = tmp_path / "release.json", tmp_path / "public.pem"
    public.write_text(key.public.pem)
    data = to_file(small(key))
    for place in [*range(0, len(data), 29), *range(len(data) - 330, len(data), 13)]:
        changed = bytearray(data)
        changed[place] ^= 0x01
        file.write_bytes(changed)
        assert recipe(file, public) == (1, "broken: this is not what was signed\n"), place


def test_what_was_signed_in_the_first_format_still_holds(key: Key) -> None:
    """The hash is the one that the engine had written before there was a second format."""
    content = small(None)
    assert content.header.release_format == "ranham-release/1"
    assert content_hash(content) == "b0d7b3dc43b4db18022e7e63a3b469314857c338f12d244ec07d0e725053dfa5"
    assert check_file(to_file(small(key)), key.public).hidden == 0
    later = replace(content.header, release_format="ranham-release/3")
    with pytest.raises(Conflict, match="does not know"):
        canonical(replace(content, header=later))
