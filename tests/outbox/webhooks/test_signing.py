"""Secrets in files: made, exchanged, and refused without being shown. The signature is that of Standard Webhooks."""

import base64
import stat
from pathlib import Path

import pytest

from ranham.kernel.errors import Conflict, RanhamError
from ranham.outbox.providers.webhook.signing import Unreadable, drop_old_secret, new_secret, read_secrets, signature
from tests.outbox.webhooks.receiver import secret

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
    with pytest.raises(Unreadable, match="no name of a file"):
        read_secrets(tmp_path / "b", name)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="FileNotFoundError"):
        read_secrets(tmp_path, "a")
    with pytest.raises(Unreadable, match="RANHAM_WEBHOOK_SECRETS_DIR"):
        read_secrets(None, "a")
    with pytest.raises(RanhamError, match="could not be written"):
        new_secret(tmp_path / "missing", "a")
