"""Extensions (perpanjangan) and excuses (pengecualian): asked for, and decided by somebody else."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from ranham.api.schemas.fields import Cursor, Id, Inbound, Instant, Limit, Outbound, Reason, UnitCode, Words, example
from ranham.obligation.models import ExcuseKind

EXTENSION = {
    "id": 3, "period": "2022-B08", "unit_code": "36.04", "unit_name": "Serang", "until": "2022-09-09T17:00:00Z",
    "reason": "Banjir di kantor bupati", "requested_by": "person:12", "requested_at": "2022-09-05T03:00:00Z",
    "decision": "open", "decided_by": None, "decided_at": None, "remark": None,
}  # fmt: skip
EXCUSE = {
    "id": 7, "period": "2022-B08", "unit_code": "36.04", "unit_name": "Serang", "action_code": "D1",
    "kind": "not_applicable", "justification": "Tidak ada BUMD", "requested_by": "person:12",
    "requested_at": "2022-09-05T03:00:00Z", "approved_by": None, "approved_at": None,
    "decision": "declined", "declined_by": "person:31", "declined_at": "2022-09-06T02:00:00Z",
    "decline_reason": "BUMD ada sejak 2021",
}  # fmt: skip


class PageFilter(Inbound):
    cursor: Cursor | None = None
    limit: Annotated[Limit, Field(description="Most items in a page.")] = 100


class ExtensionIn(Inbound):
    model_config = example(
        {"unit_code": "36.04", "until": "2022-09-10T00:00:00+07:00", "reason": "Banjir di kantor bupati"}
    )

    unit_code: UnitCode | None
    """Null: for everybody, because the service itself was down; the ministry asks."""
    until: Instant
    """First instant that is late again."""
    reason: Reason


class ExtensionOut(Outbound):
    model_config = example(EXTENSION)

    id: int
    period: str
    unit_code: str | None
    unit_name: str
    until: Instant
    reason: str
    requested_by: str
    requested_at: Instant
    decision: Literal["open", "approved", "declined"]
    decided_by: str | None
    decided_at: Instant | None
    remark: str | None


class ExtensionsOut(Outbound):
    model_config = example({"items": [EXTENSION], "next": None})

    items: list[ExtensionOut]
    next: str | None


class AskedOut(Outbound):
    model_config = example({"id": 3})

    id: int


class ExtensionDecisionIn(Inbound):
    model_config = example({"approve": True, "remark": None})

    approve: bool
    remark: Words | None = None


class ExtensionDecisionOut(Outbound):
    model_config = example({"extension_id": 3, "approved": True, "reports_now_extended": 2})

    extension_id: int
    approved: bool
    reports_now_extended: int
    """Reports that came late and are in time within the extension now."""


class ExcuseIn(Inbound):
    model_config = example({"obligation_id": 1204, "kind": "not_applicable", "justification": "Tidak ada BUMD"})

    obligation_id: Id
    kind: ExcuseKind
    justification: Reason


class ExcuseOut(Outbound):
    model_config = example(EXCUSE)

    id: int
    period: str
    unit_code: str | None
    unit_name: str | None
    action_code: str
    kind: ExcuseKind
    justification: str
    requested_by: str
    requested_at: Instant
    approved_by: str | None
    """Empty: it does not count yet."""
    approved_at: Instant | None
    decision: Literal["open", "approved", "declined"]
    declined_by: str | None
    declined_at: Instant | None
    decline_reason: str | None


class ExcusesOut(Outbound):
    model_config = example({"items": [EXCUSE], "next": None})

    items: list[ExcuseOut]
    next: str | None


class ExcuseApprovalIn(Inbound):
    model_config = example({"approve": True})

    approve: Literal[True]


class ExcuseRefusalIn(Inbound):
    model_config = example({"approve": False, "reason": "BUMD ada sejak 2021"})

    approve: Literal[False]
    reason: Reason
    """Whoever asked reads it."""


class ExcuseDecisionIn(RootModel[ExcuseApprovalIn | ExcuseRefusalIn]):
    model_config = example({"approve": False, "reason": "BUMD ada sejak 2021"})


class ExcuseDecisionOut(Outbound):
    model_config = example(
        {"excuse_id": 7, "approved": False, "decided_by": "person:31", "decided_at": "2022-09-06T02:00:00Z"}
    )

    excuse_id: int
    approved: bool
    decided_by: str
    decided_at: Instant
