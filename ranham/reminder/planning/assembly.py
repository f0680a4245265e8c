"""Puts a statement together from the parts that the due rungs need: nothing is read for what is not due."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ranham.reminder.planning.statements import DIGEST_ROWS, DUE, LISTED, NAMED, PARTS, REACH, SETTLED, UNIT_ROWS

_TODO = "todo (no, unit_id, office_id, unit_ids, functions) AS MATERIALIZED ({rows})"
# A unit that stays without anybody to write to is no news.
_QUESTION = """SELECT EXISTS (
    SELECT FROM todo t JOIN due d ON d.no = t.no
    WHERE NOT EXISTS (SELECT FROM reminder r WHERE r.period_id = :period AND r.rung = d.rung AND r.occasion = d.occasion
                      AND coalesce(r.unit_id, 0) = coalesce(t.unit_id, 0)
                      AND coalesce(r.office_id, 0) = coalesce(t.office_id, 0))
       OR EXISTS (SELECT FROM named n WHERE n.no = t.no AND coalesce(n.unit_id, 0) = coalesce(t.unit_id, 0)
                  AND coalesce(n.office_id, 0) = coalesce(t.office_id, 0)
                  AND NOT EXISTS (SELECT FROM reminder r WHERE r.period_id = :period AND r.rung = d.rung
                                  AND r.occasion = d.occasion AND r.recipient = n.recipient
                                  AND coalesce(r.unit_id, 0) = coalesce(t.unit_id, 0)
                                  AND coalesce(r.office_id, 0) = coalesce(t.office_id, 0))))"""


@dataclass(frozen=True, slots=True)
class Assembled:
    due: Sequence[Mapping[str, Any]]
    ctes: str
    """`WITH` everything up to `settled`."""
    ctes_of_question: str
    """Whether anything is to be written."""
    key: Mapping[str, Any]


def assemble(due: Sequence[Mapping[str, Any]], key: Mapping[str, Any]) -> Assembled:
    wanted = {(row["kind"], row["condition"], row["digest"]) for row in due}
    todo = [UNIT_ROWS[kind].format(condition=condition) for kind, condition, digest in sorted(wanted) if not digest]
    listed = [LISTED[kind].format(condition=condition) for kind, condition, digest in sorted(wanted) if digest]
    if listed:
        todo.append(DIGEST_ROWS)
    conditions = sorted({condition for _, condition, _ in wanted})
    parts = [
        DUE,
        PARTS["home"],
        PARTS["office"],
        f"placed AS ({PARTS['placed']})",
        PARTS["timed"],
        *(PARTS[condition] for condition in conditions),
        *(
            [f"listed (occasion, condition, unit_id, province_id, office_id) AS ({' UNION ALL '.join(listed)})"]
            if listed
            else []
        ),
        _TODO.format(rows=" UNION ALL ".join(todo)),
        REACH,
        NAMED,
    ]
    said = json.dumps(due, default=_instant)
    return Assembled(
        due=due,
        ctes="WITH " + ", ".join([*parts, SETTLED]),
        ctes_of_question="WITH " + ", ".join(parts) + _QUESTION,
        key={**key, "due": said},
    )


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no part of a due row: {type(value).__name__}")
