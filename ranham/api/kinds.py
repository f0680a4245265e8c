"""What each family of refusals is over HTTP: its type, status and title, decided here and nowhere else."""

from dataclasses import dataclass

from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from ranham.kernel.errors import BadInput, Busy, Conflict, Forbidden, NotFound, RanhamError, Unavailable
from ranham.submission.drafts import NotAsked
from ranham.submission.receiving import ReportRefused
from ranham.submission.reports import NotPossible, StaleVersion

TYPE = "urn:ranham:problem:"


@dataclass(frozen=True, slots=True)
class Kind:
    slug: str
    status: int
    title: str
    retry_after: int | None = None
    """Seconds after which a repetition makes sense."""

    @property
    def type(self) -> str:
        return TYPE + self.slug


class Unauthenticated(RanhamError):  # noqa: N818 - refusals read as sentences
    """Nobody knows whose request this is."""


class SignInRefused(RanhamError):  # noqa: N818
    """Wrong, unknown, disabled or locked: which of them is not said."""


class PasswordChangeRequired(Forbidden):
    """Somebody else chose the password; the session may do nothing else before it is changed."""


class WrongPassword(Forbidden):
    """The old password, asked for once more, was wrong."""


class TooManyTries(RanhamError):  # noqa: N818
    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"too many tries from here; try again in {retry_after} seconds")


class NotReady(RanhamError):  # noqa: N818
    pass


class TooLarge(RanhamError):  # noqa: N818
    pass


class HistoryChanged(RanhamError):  # noqa: N818
    """A cursor is of a history that is no more, since a backup was restored."""


class Stalled(RanhamError):  # noqa: N818
    """The sender of a file went silent."""


class PreconditionMissing(RanhamError):  # noqa: N818
    """A write that could overwrite what others wrote does not say what its writer saw."""


class KeyReused(RanhamError):  # noqa: N818
    """An Idempotency-Key came again with another request."""


INTERNAL = Kind("internal", 500, "Something went wrong here")
NOT_FOUND = Kind("not-found", 404, "Not found")
BAD_REQUEST = Kind("bad-request", 400, "The request cannot be read")
METHOD_NOT_ALLOWED = Kind("method-not-allowed", 405, "No such method here")
TOO_LARGE = Kind("too-large", 413, "The body is too large")
UNSUPPORTED = Kind("unsupported-media-type", 415, "Another kind of content is expected")
BAD_INPUT = Kind("bad-input", 422, "The input is not as expected")
DATABASE = Kind("unavailable", 503, "The database does not answer now", retry_after=5)

# The first that fits counts: special ones before their families.
KINDS: tuple[tuple[type[Exception], Kind], ...] = (
    (SignInRefused, Kind("sign-in-refused", 401, "Signing in did not work")),
    (Unauthenticated, Kind("unauthenticated", 401, "A valid token is needed")),
    (PasswordChangeRequired, Kind("password-change-required", 403, "Change the password first")),
    (WrongPassword, Kind("wrong-password", 403, "The old password is wrong")),
    (NotAsked, Kind("not-asked", 403, "This OPD is not asked for the answer")),
    (Forbidden, Kind("forbidden", 403, "Your roles do not allow this")),
    (NotFound, NOT_FOUND),
    (StaleVersion, Kind("stale-version", 412, "It was changed in the meantime")),
    (NotPossible, Kind("not-possible", 409, "The state of the report does not allow this")),
    (Unavailable, Kind("not-answering", 503, "Something that is needed does not answer now", retry_after=30)),
    (Busy, Kind("busy", 503, "Somebody else is at the same work", retry_after=1)),
    (Conflict, Kind("conflict", 409, "The state of things does not allow this")),
    (HistoryChanged, Kind("history-changed", 410, "The cursor is of another history")),
    (Stalled, Kind("stalled", 408, "The sender went silent")),
    (TooLarge, TOO_LARGE),
    (ReportRefused, Kind("report-refused", 422, "The report is not ready to be sent")),
    (KeyReused, Kind("idempotency-key-reused", 422, "This Idempotency-Key belongs to another request")),
    (BadInput, BAD_INPUT),
    (PreconditionMissing, Kind("precondition-required", 428, "Say which version you saw")),
    (TooManyTries, Kind("too-many-tries", 429, "Too many tries")),
    (NotReady, Kind("not-ready", 503, "Not ready to work", retry_after=5)),
    (NoConnection, DATABASE),
    (OperationalError, DATABASE),
)


def kind_of(error: Exception) -> Kind:
    return next((kind for family, kind in KINDS if isinstance(error, family)), INTERNAL)


def usual_kind(status: int) -> Kind:
    """The one that a status mostly means, for examples."""
    known = (INTERNAL, UNSUPPORTED, METHOD_NOT_ALLOWED, BAD_REQUEST, *(kind for _, kind in KINDS))
    return next(kind for kind in reversed(known) if kind.status == status)
