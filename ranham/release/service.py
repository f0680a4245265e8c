"""Makes releases and moves them on. Each step is told in the audit chain and the outbox, in the same transaction."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ranham.audit import service as audit
from ranham.kernel.errors import BadInput, Conflict, Finding
from ranham.outbox import service as outbox
from ranham.plan.queries import PeriodInfo
from ranham.release.content import load
from ranham.release.in_force import asked
from ranham.release.making import build, inputs, next_version, refuse_second, seal
from ranham.release.models import Release
from ranham.release.queries import get_release, published
from ranham.release.signing import Key
from ranham.release.spelling import canonical, content_hash
from ranham.release.states import ReleaseState, Step, advance, past, refusal
from ranham.release.subject import Subject, find_subject, full_label
from ranham.release.suppression import is_weaker, policy_of
from ranham.release.webhooks import service as webhooks


def make(  # noqa: PLR0913 - what a release is made of
    session: Session,
    subject: Subject,
    *,
    by: str,
    now: datetime,
    reason: str | None = None,
    territory_as_of: date | None = None,
    rules: Mapping[str, Any] | None = None,
    sandbox: bool = False,
) -> Release:
    """A provisional release of a closed period or year.

    The first version says what the close counted; a later one, which needs a reason, what is known now. A sandbox says
    what the published version counts (or the close), so that it differs by its rules and territory only.
    """
    before = published(session, subject)
    reason = (reason or "").strip() or None
    if not sandbox:
        refuse_second(session, subject)
        if rules:
            raise Conflict("other rules are tried in a sandbox first: ranham release what-if, then promote it")
    if before is not None and not sandbox and reason is None:
        raise _needs_reason(before.number)
    # A year follows the published versions of its periods.
    as_now_known = before is not None and not sandbox and isinstance(subject, PeriodInfo)
    given = inputs(session, subject, now=now, as_now_known=as_now_known, territory_as_of=territory_as_of, said=rules)
    if not sandbox and reason is None and next_version(session, subject, sandbox=False)[0] > 1:
        raise _needs_reason(f"version 1 of {full_label(subject)}")
    release = build(session, given, by=by, now=now, reason=reason, sandbox=sandbox)
    _tell(session, release, "made", by=by, now=now)
    return release


def amend(  # noqa: PLR0913 - as above
    session: Session,
    subject: Subject,
    *,
    by: str,
    now: datetime,
    reason: str,
    territory_as_of: date | None = None,
) -> Release:
    """The next version of what is published, from what is known now; publishing it supersedes the former."""
    if published(session, subject) is None:
        raise Conflict(
            f"nothing of {full_label(subject)} is published, so there is nothing to amend; make the release itself: "
            f"ranham release make {subject.label}"
        )
    return make(session, subject, by=by, now=now, reason=reason, territory_as_of=territory_as_of)


def propose(session: Session, number: str, *, by: str, now: datetime) -> Release:
    """From here on its content is fixed for good."""
    release = _held(session, number, Step.PROPOSE)
    if release.sandbox:
        raise Conflict(f"{number} is a sandbox; promote it with a reason first: ranham release promote {number}")
    return _move(session, release, Step.PROPOSE, by=by, now=now, proposed_by=by, proposed_at=now)


def sign_off(session: Session, number: str, *, by: str, now: datetime) -> Release:
    """By another person than the one who proposed it."""
    release = _held(session, number, Step.SIGN_OFF)
    if release.proposed_by == by:
        raise Conflict(f"who proposed {number} cannot sign it off; another person of the ministry has to")
    return _move(session, release, Step.SIGN_OFF, by=by, now=now, signed_off_by=by, signed_off_at=now)


def publish(session: Session, number: str, *, key: Key, by: str, now: datetime) -> Release:
    """Sign and publish; the version that was published until now is superseded in the same transaction."""
    release = _held(session, number, Step.PUBLISH)
    before = published(session, _subject_of(session, release))
    if (before.id if before is not None else None) != release.supersedes:
        raise Conflict(
            f"{number} was made when another version counted; drop it and make it anew, so that it says what it supersedes"
        )
    if before is not None:
        before = get_release(session, before.number, lock=True)
        before.state, before.superseded_by = ReleaseState.SUPERSEDED, release.id
        session.flush()
    signature = key.sign(canonical(load(session, number))).hex()
    release.published_at, release.signature, release.key_id = now, signature, key.key_id
    return _move(session, release, Step.PUBLISH, by=by, now=now, superseded=before)


def drop(session: Session, number: str, *, by: str, now: datetime, reason: str | None = None) -> Release:
    """Give a version up before it is published. It keeps its number, so numbers have no gaps."""
    release = _held(session, number, Step.DROP)
    return _move(session, release, Step.DROP, by=by, now=now, said={"reason": reason})


def promote(session: Session, number: str, *, by: str, now: datetime, reason: str) -> Release:
    """Make a sandbox an ordinary provisional version, with the reason for it."""
    if not reason.strip():
        raise BadInput([Finding("reason", "nothing", "a reason", "whoever signs it off has to be told why")])
    release = get_release(session, number, lock=True)
    if not release.sandbox or release.state is not ReleaseState.PROVISIONAL:
        raise Conflict(f"{number} is no open sandbox, so it cannot be promoted: {refusal_of(release)}")
    _refuse_weaker_rule(session, release)
    subject = _subject_of(session, release)
    refuse_second(session, subject)
    before = published(session, subject)
    release.version, release.number = next_version(session, subject, sandbox=False)
    release.sandbox, release.reason = False, reason.strip()
    release.supersedes = before.id if before is not None else None
    session.flush()
    seal(session, release)
    _tell(session, release, "promoted", by=by, now=now, said={"sandbox": number})
    return release


def refusal_of(release: Release) -> str:
    kind = "a sandbox" if release.sandbox else "an ordinary version"
    return f"it is {kind} that is {release.state.replace('_', ' ')}"


def _held(session: Session, number: str, step: Step) -> Release:
    """The release, locked, where the step is possible and nothing of it was changed since it was made."""
    release = get_release(session, number, lock=True)
    if advance(release.state, step) is None:
        raise Conflict(refusal(number, release.state, step))
    if step is not Step.DROP:
        _refuse_weaker_rule(session, release)
    if step is not Step.DROP and content_hash(load(session, number)) != release.content_hash:
        raise Conflict(f"{number} no longer says what its hash {release.content_hash} is of; drop it and make it anew")
    return release


def _refuse_weaker_rule(session: Session, release: Release) -> None:
    """What goes out is under the small-cell rule that is set, or one that hides more: what was let out stays out."""
    if is_weaker(policy_of(release.rules), asked(session)):
        raise Conflict(
            f"{release.number} was made under a weaker small-cell rule than RANHAM_SMALL_CELLS, which is set now; drop it "
            "and make it anew"
        )


def _move(  # noqa: PLR0913 - what a step is made of
    session: Session,
    release: Release,
    step: Step,
    *,
    by: str,
    now: datetime,
    said: Mapping[str, Any] | None = None,
    superseded: Release | None = None,
    **columns: Any,
) -> Release:
    target = advance(release.state, step)
    if target is None:
        raise Conflict(refusal(release.number, release.state, step))
    release.state = target
    for name, value in columns.items():
        setattr(release, name, value)
    session.flush()
    supersedes = {"supersedes": superseded.number} if superseded is not None else {}
    _tell(session, release, past(step), by=by, now=now, said={**(said or {}), **supersedes}, superseded=superseded)
    return release


def _tell(  # noqa: PLR0913 - what is told
    session: Session,
    release: Release,
    word: str,
    *,
    by: str,
    now: datetime,
    said: Mapping[str, Any] | None = None,
    superseded: Release | None = None,
) -> None:
    """A message for whoever waits for it, and the events in the chain, last."""
    told: list[tuple[Release, str]] = [(release, word)]
    if superseded is not None:
        told.insert(0, (superseded, "superseded"))
    messages: list[tuple[Release, str, dict[str, Any]]] = []
    for each, what in told:
        of_it = {"release_id": each.id, "number": each.number, "state": each.state.value}
        more = dict(said or {}) if each is release else {"superseded_by": release.number}
        messages.append((each, f"release.{what}", {**of_it, "content_hash": each.content_hash, **more}))
    for each, topic, payload in messages:
        outbox.put(session, topic=topic, key=f"{topic}-{each.id}", payload=payload, now=now)
        if not each.sandbox:
            webhooks.tell(session, each.id, topic, now=now)
    for each, topic, payload in messages:
        audit.record(session, actor=by, kind=topic, subject="release", subject_id=each.id, detail=payload, now=now)


def _subject_of(session: Session, release: Release) -> Subject:
    return find_subject(session, f"{release.regulation}:{release.label}")


def _needs_reason(number: str) -> BadInput:
    words = f"{number} is there already, so another version needs a reason: everybody who read it has to be told why"
    return BadInput([Finding("reason", "nothing", "a reason", words)])
