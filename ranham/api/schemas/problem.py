"""The one shape of every refusal (RFC 9457)."""

from pydantic import BaseModel, ConfigDict

MEDIA_TYPE = "application/problem+json"


class Error(BaseModel):
    """One thing wrong with the input."""

    model_config = ConfigDict(extra="forbid")

    pointer: str
    """Where: a path into the request such as /body/answers/0/value, or words where the input has no paths."""
    found: str
    expected: str


class Problem(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "required": ["type", "title", "status", "detail", "instance"],
            "examples": [
                {
                    "type": "urn:ranham:problem:stale-version",
                    "title": "It was changed in the meantime",
                    "status": 412,
                    "detail": "changed in the meantime: you saw version 3, it is now version 4; read it again and repeat",
                    "instance": "urn:ranham:request:8d1f0a6c52b94f0b",
                }
            ],
        },
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    """The request; the same id stands in its header Request-Id and in our log."""
    errors: list[Error] | None = None
    possible: list[str] | None = None
    """Events that the state of the report allows instead."""
