"""Configuration, read once from the environment (prefix RANHAM_)."""

from functools import lru_cache
from pathlib import Path

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parents[2]


def _default_data_dir() -> Path:
    return CHECKOUT / ".ranham" if (CHECKOUT / "pyproject.toml").is_file() else platformdirs.user_data_path("ranham")


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="RANHAM_", frozen=True)

    database_url: str | None = None
    """Server to use; without it an embedded PostgreSQL starts in the data directory."""

    app_database_url: str | None = None
    """The same database as `database_url`, as the role `ranham_app`, which row-level security holds; the embedded
    server needs none."""

    data_dir: Path = Field(default_factory=_default_data_dir)
    """Embedded database, inbox and Prefect's own files; in a checkout its folder `.ranham`, for every command alike."""

    inbox_dir: Path | None = None
    """Folder that the import flow empties; without it `inbox` below the data directory."""

    inbox_settle_seconds: int = Field(default=5, ge=0)
    """How long a file in the inbox must have been left alone before it is taken; configuration, unverified."""

    prefect_ui_url: str = "http://127.0.0.1:4200"
    """Where operators see flow runs; used to link our record of a run to Prefect's."""

    lease_seconds: int = 300
    """How long a flow may hold a period without renewing; configuration, unverified."""

    close_after_days: int = 30
    """Days after the window in which late reports are accepted before the engine closes; configuration, unverified."""

    extension_cap_days: int = 14
    """Longest extension after the end of a window; configuration, unverified."""

    sign_in_failures: int = Field(default=5, ge=1)
    """Wrong passwords in a row after which an account takes none for a time; configuration, unverified."""

    sign_in_lock_minutes: int = Field(default=15, ge=1)
    """How long such an account takes no password; configuration, unverified."""

    sign_in_tries_per_minute: int = Field(default=10, ge=1)
    """Tries to sign in that the API takes in a minute for one e-mail address; configuration, unverified."""

    sign_in_tries_per_minute_from_address: int = Field(default=60, ge=1)
    """The same from one network address: behind one there may be a whole agency."""

    session_hours: int = Field(default=12, ge=1, le=24 * 30)
    """How long a session lasts after signing in; configuration, unverified."""

    connections: int = Field(default=16, ge=2, le=80)
    """Most connections that one process opens to the database as one role; the API handles as many requests at once."""

    api_max_body_bytes: int = Field(default=1 << 20, ge=1 << 10)
    """Largest body of a request, but for evidence, which has a limit of its own."""

    oidc_issuer: str | None = None
    """Issuer of ID tokens (OpenID Connect), exactly as the tokens name it; without it there is no such sign-in."""

    oidc_audience: str | None = None
    """Our client id at the issuer."""

    oidc_jwks: str | None = None
    """The issuer's public keys: the address of its JWKS, or the JSON itself."""

    evidence_url: str | None = None
    """A folder or `s3://bucket/prefix` for the bytes of evidence; without it `evidence` below the data directory."""

    evidence_max_bytes: int = Field(default=20 * 1024 * 1024, gt=0)
    """Largest piece of evidence; configuration, unverified."""

    clamd: str | None = None
    """`host:port` or Unix socket of a clamd; with it nothing is accepted unscanned, without it nothing is scanned."""

    clamd_timeout_seconds: float = Field(default=60, gt=0)
    """How long the scanner may be silent; configuration, unverified."""

    signing_key_file: Path | None = None
    """File with the private key (Ed25519, PEM) that releases are signed with; only publishing reads it."""

    @property
    def inbox(self) -> Path:
        return self.inbox_dir or self.data_dir / "inbox"


@lru_cache
def settings() -> Settings:
    return Settings()
