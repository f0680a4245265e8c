"""Secrets in files: made, exchanged, and refused without being shown. The signature is that of Standard Webhooks."""

import base64
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ranham.kernel.errors import Conflict, RanhamError
from ranham.outbox.providers.webhook.signing import Unreadable, drop_old_secret, new_secret, read_secrets, signature
from tests.outbox.webhooks.receiver import secret
from tests.patience import PATIENCE_SECONDS

KEY = base64.b64encode(b"k" * 32).decode()


def test_the_signature_is_the_one_of_the_published_example() -> None:
    """Of Standard Webhooks, whose libraries are held to it."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    said = signature([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_made_for_its_owner_only_and_exchanged_with_both_in_force(tmp_path: Path) -> None:
    assert new_secret(tmp_path, "pusdatin") == 1
    (first,) = read_secrets(tmp_path, "pusdatin")
    assert stat.S_IMODE((tmp_path / "pusdatin").stat().st_mode) == 0o600
    assert new_secret(tmp_path, "pusdatin") == 2
    second, old = read_secrets(tmp_path, "pusdatin")
    assert (old, second == first, len(second)) == (first, False, 32)
    with pytest.raises(Conflict, match="holds two secrets"):
        new_secret(tmp_path, "pusdatin")
    drop_old_secret(tmp_path, "pusdatin")
    assert read_secrets(tmp_path, "pusdatin") == [second]
    assert [each.name for each in tmp_path.iterdir()] == ["pusdatin"]


def test_comments_and_empty_lines_are_none(tmp_path: Path) -> None:
    (line,) = secret(tmp_path, "a", "one")
    (tmp_path / "a").write_text(f"# since September\n\n  {line}  \n")
    assert len(read_secrets(tmp_path, "a")) == 1


@pytest.mark.parametrize(
    "content",
    [
        "",
        KEY,
        f"whsec_{KEY[:-2]}x",
        f"whsec_{base64.b64encode(b'short').decode()}",
        f"whsec_{KEY}\n" * 3,
        f"whsec_{KEY}é",
        "kenari123",
    ],
)
def test_a_file_of_another_shape_is_refused_without_showing_it(tmp_path: Path, content: str) -> None:
    (tmp_path / "a").write_text(content)
    with pytest.raises(Unreadable) as refused:
        read_secrets(tmp_path, "a")
    assert str(tmp_path / "a") in str(refused.value)
    assert not content or content[:8] not in str(refused.value).replace("whsec_ ", "")


@pytest.mark.parametrize("name", ["../a", "a/b", ".a", "", "A", "a" * 41, "a\n"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unreadable, match=r"name: found .*, expected small letters"):
        read_secrets(tmp_path / "b", name)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="FileNotFoundError"):
        read_secrets(tmp_path, "a")
    with pytest.raises(Unreadable, match="RANHAM_WEBHOOK_SECRETS_DIR"):
        read_secrets(None, "a")
    with pytest.raises(RanhamError, match=r"there is no folder .*missing; make it: install -d"):
        new_secret(tmp_path / "missing", "a")
    (tmp_path / "empty").touch()
    with pytest.raises(Unreadable, match="holds no secret"):
        drop_old_secret(tmp_path, "empty")


def test_what_cannot_be_read_is_a_sentence_for_every_command(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes("é".encode("latin-1"))
    (tmp_path / "folder").mkdir()
    for name, found in (("latin", "UnicodeDecodeError"), ("folder", "IsADirectoryError")):
        for command in (read_secrets, new_secret, drop_old_secret):
            with pytest.raises(Unreadable, match=f"{name} cannot be read: {found}"):
                command(tmp_path, name)


def test_no_secret_is_made_beside_a_line_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("kenari123\n")
    with pytest.raises(Unreadable, match="holds something else"):
        new_secret(tmp_path, "a")
    assert file.read_text() == "kenari123\n"
    (good,) = secret(tmp_path, "a", "one")
    file.write_text(f"{good}\nkenari123\n")
    drop_old_secret(tmp_path, "a")  # a way back for who has such a file
    assert file.read_text() == f"{good}\n"


def test_a_secret_that_is_exchanged_keeps_owner_and_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owners: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "fchown", lambda _file, user, group: owners.append((user, group)))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    there = tmp_path.stat()
    new_secret(tmp_path, "a")
    (tmp_path / "a").chmod(0o640)
    new_secret(tmp_path, "a")
    drop_old_secret(tmp_path, "a")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    assert owners == [(there.st_uid, there.st_gid)] * 3
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    new_secret(tmp_path, "own")
    assert len(owners) == 3  # who is not root makes it in their own name


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_root_makes_no_secret_that_the_worker_cannot_read(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    os.chown(folder, 10001, 10002)
    new_secret(folder, "a")
    new_secret(folder, "a")
    found = (folder / "a").stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (10001, 10002, 0o600)


def test_a_secret_behind_a_link_is_written_where_the_link_leads(tmp_path: Path) -> None:
    """As mounts of secrets are made: a change of the link's name would be gone with the next start."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "..data").symlink_to(tmp_path / "elsewhere")
    link = tmp_path / "secrets" / "a"
    link.symlink_to("..data/a")
    for number in (1, 2):
        assert new_secret(tmp_path / "secrets", "a") == number
    drop_old_secret(tmp_path / "secrets", "a")
    assert link.is_symlink()
    assert [each.name for each in (tmp_path / "elsewhere").iterdir()] == ["a"]
    assert sorted(each.name for each in (tmp_path / "secrets").iterdir()) == ["..data", "a"]
    assert len(read_secrets(tmp_path / "secrets", "a")) == 1
    (tmp_path / "secrets" / "circle").symlink_to("circle")
    with pytest.raises(Unreadable, match="circle cannot be read"):
        new_secret(tmp_path / "secrets", "circle")


def test_of_two_secrets_made_at_the_same_time_none_is_lost(tmp_path: Path) -> None:
    """As many pairs as are needed for one of them to meet in the middle."""
    together = threading.Barrier(2)

    def make(name: str) -> int:
        together.wait(PATIENCE_SECONDS)
        return new_secret(tmp_path, name)

    with ThreadPoolExecutor(2) as both:
        for number in range(100):
            assert sorted(both.map(make, [f"w{number}"] * 2)) == [1, 2]
            assert len(read_secrets(tmp_path, f"w{number}")) == 2


def test_a_file_that_cannot_be_given_back_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    (before,) = secret(tmp_path, "a", "one")
    monkeypatch.setattr(os, "fchown", refuse)
    with pytest.raises(RanhamError, match="could not be written: Operation not permitted"):
        new_secret(tmp_path, "a")
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == f"{before}\n"
