"""Who a request comes from, once its token has been checked."""

from dataclasses import dataclass

from ranham.access.models import Role, TokenKind


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that is in force on the day that was asked for."""

    id: int
    role: Role
    unit_id: int | None
    office_id: int | None
    opd: str | None


@dataclass(frozen=True, slots=True)
class Principal:
    person_id: int
    name: str
    scopes: frozenset[str]
    roles: tuple[HeldRole, ...]
    must_change_password: bool
    """A session that may do nothing but change the password; the database gives it no rows either."""
    token_id: int
    kind: TokenKind

    @property
    def actor(self) -> str:
        """How events name this person; the application's database role can write no other."""
        return actor_of(self.person_id)

    def has(self, role: Role) -> bool:
        return any(held.role is role for held in self.roles)


def actor_of(person_id: int) -> str:
    return f"person:{person_id}"
