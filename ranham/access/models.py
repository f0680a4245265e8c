"""People, the roles they hold over time, and what they sign in with. Spans are half open, as in the territory."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ranham.kernel.model import Model, stored
from ranham.territory.models import ReportingUnit, VerifyingOffice


class Role(StrEnum):
    OPERATOR = "operator"
    OPD_CONTRIBUTOR = "opd_contributor"
    PROVINCE_COORDINATOR = "province_coordinator"
    VERIFIER = "verifier"
    MINISTRY = "ministry"
    AUDITOR = "auditor"
    ENGINE_OPERATOR = "engine_operator"


class TokenKind(StrEnum):
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a kind, not a secret


class Person(Model):
    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("oidc_issuer", "oidc_subject"),  # an identity of the issuer is one person
        CheckConstraint("email = lower(email)", name="email"),
        CheckConstraint("(oidc_issuer IS NULL) = (oidc_subject IS NULL)", name="oidc"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    """In lower case, so that two spellings are one address."""
    oidc_issuer: Mapped[str | None]
    oidc_subject: Mapped[str | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    """Since when the person may do nothing; the roles stay as they are, for whoever takes them over."""


class RoleAssignment(Model):
    """A role over a span. Never deleted; a trigger lets its end be set once, and nothing else be changed."""

    __tablename__ = "role_assignment"
    __table_args__ = (
        CheckConstraint(
            "(role IN ('operator', 'opd_contributor', 'province_coordinator')) = (unit_id IS NOT NULL)", name="unit"
        ),
        CheckConstraint("(role = 'opd_contributor') = (length(btrim(coalesce(opd, ''))) > 0)", name="opd"),
        CheckConstraint("office_id IS NULL OR role = 'verifier'", name="office"),
        CheckConstraint("valid_to >= valid_from", name="span"),
        CheckConstraint(
            "(ended_by IS NULL) = (ended_at IS NULL) AND (ended_at IS NULL OR valid_to IS NOT NULL)", name="ended"
        ),
        Index("ix_role_assignment_person_id", "person_id"),
        Index("ix_role_assignment_unit_id", "unit_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(stored(Role, "role"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey(ReportingUnit.id))
    """Unit that an operator, a contributor or a coordinator works for."""
    office_id: Mapped[int | None] = mapped_column(ForeignKey(VerifyingOffice.id))
    """Kanwil that a verifier works for; empty: the central team."""
    opd: Mapped[str | None]
    """Local agency (OPD) of a contributor, by its name."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """First day without the role; the same day as valid_from: it never came into force."""
    granted_by: Mapped[str]
    granted_at: Mapped[datetime]
    ended_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]


class LocalAccount(Model):
    """A password, for people whose agency has no sign-in of its own."""

    __tablename__ = "local_account"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    password_hash: Mapped[str]
    """Argon2id with its parameters and salt."""
    must_change: Mapped[bool]
    """Somebody else chose the password: until it is changed, the person's sessions may do nothing."""
    failures: Mapped[int]
    """Wrong passwords in a row."""
    locked_until: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class ApiToken(Model):
    """What a request proves its person with: a session after signing in, or a token for a program."""

    __tablename__ = "api_token"
    __table_args__ = (Index("ix_api_token_person_id", "person_id"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    kind: Mapped[TokenKind] = mapped_column(stored(TokenKind, "kind"))
    hash: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the token in hexadecimal. The token itself is shown once and never stored."""
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    """To the minute: not every request writes."""
