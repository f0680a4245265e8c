"""Releases as they are pulled."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from ranham.api.schemas.fields import Cursor, Inbound, Instant, Limit, Outbound, example
from ranham.release.models import ReleaseKind
from ranham.release.states import ReleaseState

Said = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Label = Annotated[str, Field(pattern=r"^([0-9A-Za-z_.-]{1,40}:)?[0-9]{4}(-[0-9A-Za-z]{1,10})?$", examples=["2022-B08"])]

RELEASE: dict[str, Any] = {
    "number": "RANHAM-V:2022-B08/1", "regulation": "RANHAM-V", "label": "2022-B08", "kind": "period",
    "state": "published", "sandbox": False, "reason": None, "territory_as_of": "2022-08-31", "simulated": False,
    "made_at": "2022-10-10T00:00:00Z", "published_at": "2022-10-11T00:00:00Z", "content_hash": "9f" * 32,
    "superseded_by": None,
}  # fmt: skip
CHANGE: dict[str, Any] = {
    "what": "published", "state": "published", "at": "2022-10-11T00:00:00Z", "former_number": None
}  # fmt: skip
FIGURE: dict[str, Any] = {
    "position": 12, "level": "regency", "unit_code": "36.04", "unit_name": "Kabupaten Serang", "scope": "own",
    "target_group": None, "action": None, "figure": "completeness", "numerator": 5, "denominator": 6,
    "denominator_name": "obligations", "percent": "83.33", "impossible": False, "suppressed": False,
    "action_title": None,
}  # fmt: skip
FACT: dict[str, Any] = {
    "obligation_id": 1204, "period": "2022-B08", "unit_code": "36.04", "unit_name": "Serang", "action": "D1",
    "target_group": "perempuan", "counts": True, "excluded": None, "justification": None, "excused_by": None,
    "reported": True, "complete": True, "achieved": True, "verified": True, "timeliness": "on_time", "score_bp": 9000,
    "submission_id": 88, "revision": 1, "submitted_at": "2022-09-05T03:00:00Z", "received_at": "2022-09-05T03:00:00Z",
    "channel": "api", "verified_by": "person:31", "verified_at": "2022-09-08T03:00:00Z", "decided_score_bp": 9000,
    "decision_id": 9, "remark": None, "evidence": ["5e" * 32],
}  # fmt: skip
COUNTED: dict[str, Any] = {
    "unit_code": "36.04", "unit_name": "Serang", "numerator": 1, "denominator": 1, "facts": [FACT]
}  # fmt: skip
DOCUMENT: dict[str, Any] = {
    "name": "annual-report.pdf", "sha256": "3d" * 32,
    "address": "/api/v1/releases/2022/1/documents/annual-report.pdf",
}  # fmt: skip
COUNTED_FIGURE = {
    name: value for name, value in FIGURE.items() if name not in ("position", "suppressed", "action_title")
}


class Nothing(Inbound):
    """The query of what cannot be asked for in parts: a name in it is a mistake, not something to pass over."""


class ReleaseFilter(Inbound):
    label: Label | None = None
    kind: ReleaseKind | None = None
    state: Annotated[ReleaseState | None, Field(description="Of changes: the state that the release got.")] = None
    since: Annotated[
        Cursor | None, Field(description="`since` of an earlier answer: what became of releases since then.")
    ] = None
    cursor: Cursor | None = None
    limit: Annotated[Limit, Field(description="Most items in a page.")] = 100


class FigureFilter(Inbound):
    level: Said | None = None
    unit_code: Said | None = None
    scope: Said | None = None
    target_group: Said | None = None
    action: Said | None = None
    figure: Said | None = None
    sort: Literal["position", "unit_code", "unit_name", "figure"] = "position"
    cursor: Cursor | None = None
    limit: Annotated[Limit, Field(description="Most items in a page.")] = 100


class ExplainFilter(Inbound):
    figure: Said
    unit_code: Said | None = None
    unit_name: Said | None = None
    level: Said | None = None
    scope: Said | None = None
    target_group: Said | None = None
    action: Said | None = None
    only: Literal["numerator", "denominator", "excluded"] | None = None
    cursor: Cursor | None = None
    limit: Annotated[Limit, Field(description="Most items in a page.")] = 100


class ChangeOut(Outbound):
    model_config = example(CHANGE)

    what: Literal["made", "promoted", "proposed", "signed_off", "published", "superseded", "dropped"]
    state: ReleaseState
    """The one that it then got; the release itself may have gone on since."""
    at: Instant
    former_number: str | None
    """Of a sandbox that was promoted: the number that it had."""


class ReleaseShortOut(Outbound):
    number: str
    regulation: str
    label: str
    kind: ReleaseKind
    state: ReleaseState
    sandbox: bool
    reason: str | None
    territory_as_of: date
    simulated: bool
    made_at: Instant
    published_at: Instant | None
    content_hash: str
    superseded_by: str | None


class ReleaseOut(ReleaseShortOut):
    model_config = example(RELEASE | {"change": None})

    change: ChangeOut | None
    """What happened, where changes were asked for."""


class ReleasesOut(Outbound):
    model_config = example({"items": [RELEASE | {"change": CHANGE}], "next": None, "since": "Ny45ZjlmOWY5ZjlmOWY"})

    items: list[ReleaseOut]
    next: str | None
    since: str
    """To ask later for what became of releases since."""


class ReleaseWholeOut(ReleaseShortOut):
    model_config = example(
        RELEASE | {"version": 1, "rules": {}, "rules_digest": "1c" * 32, "signature": "c2ln", "key_id": "77" * 32,
                   "supersedes": None, "formats": ["json", "csv"]}
    )  # fmt: skip

    version: int
    rules: dict[str, Any]
    rules_digest: str
    signature: str | None
    key_id: str | None
    supersedes: str | None
    formats: list[str]


class DocumentOut(Outbound):
    model_config = example(DOCUMENT)

    name: str
    sha256: str
    address: str


class DocumentsOut(Outbound):
    model_config = example({"items": [DOCUMENT]})

    items: list[DocumentOut]


class CountedFigureOut(Outbound):
    model_config = example(COUNTED_FIGURE)

    level: str
    unit_code: str | None
    unit_name: str
    scope: str
    target_group: str | None
    action: str | None
    figure: str
    numerator: int | None
    denominator: int | None
    denominator_name: str
    percent: str | None
    impossible: bool


class FigureOut(CountedFigureOut):
    model_config = example(FIGURE)

    position: int
    suppressed: bool
    action_title: str | None
    """As the plan has it."""


class FiguresOut(Outbound):
    model_config = example({"release": RELEASE["number"], "simulated": False, "items": [FIGURE], "next": None})

    release: str
    simulated: bool
    items: list[FigureOut]
    next: str | None


class FactOut(Outbound):
    model_config = example(FACT)

    obligation_id: int
    period: str
    unit_code: str | None
    unit_name: str
    action: str
    target_group: str
    counts: bool
    excluded: str | None
    justification: str | None
    excused_by: str | None
    reported: bool
    complete: bool
    achieved: bool
    verified: bool
    timeliness: str | None
    score_bp: int | None
    submission_id: int | None
    revision: int | None
    submitted_at: Instant | None
    received_at: Instant | None
    channel: str | None
    verified_by: str | None
    verified_at: Instant | None
    decided_score_bp: int | None
    decision_id: int | None
    remark: str | None
    evidence: list[str]


class CountedOut(Outbound):
    model_config = example(COUNTED)

    unit_code: str | None
    unit_name: str
    numerator: int
    denominator: int
    facts: list[FactOut]


class LeftOutOut(Outbound):
    unit_code: str | None
    unit_name: str
    reason: str


class ExplanationOut(Outbound):
    model_config = example(
        {"release": RELEASE["number"], "sum": COUNTED_FIGURE, "rows": [COUNTED], "left_out": [], "next": None}
    )

    release: str
    sum: CountedFigureOut
    rows: list[CountedOut]
    left_out: list[LeftOutOut]
    next: str | None
