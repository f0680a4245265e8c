"""A file of contacts, all of it or nothing: CSV or the first sheet of a workbook."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from ranham.audit.service import record
from ranham.kernel.clock import local_date
from ranham.kernel.errors import BadInput, Finding
from ranham.reminder.contacts.service import NewContact, prepare
from ranham.reminder.models import Contact
from ranham.submission.spreadsheet import as_csv

NEEDED = ("function", "name", "channel", "address")
COLUMNS = ("unit_code", "office", *NEEDED, "language", "courtesy", "valid_from")
YES = {"yes": True, "ya": True, "true": True, "no": False, "tidak": False, "false": False, "": False}


def import_file(session: Session, path: Path, *, by: str, now: datetime) -> int:
    """Add every contact of the file; how many. Those that are there already, the same in everything, are left as they are."""
    findings: list[Finding] = []
    made: list[Contact] = []
    for line, row in _rows(path):
        where = f"{path.name}, row {line}"
        try:
            made.append(prepare(session, _contact(row, where, now=now), by=by, now=now, where=where))
        except BadInput as bad:
            findings += bad.findings
    if findings:
        raise BadInput(findings)
    known = {_same(contact) for contact in session.query(Contact).filter(Contact.valid_to.is_(None))}
    new = list({_same(contact): contact for contact in made if _same(contact) not in known}.values())
    session.add_all(new)
    session.flush()
    if new:
        record(
            session, actor=by, kind="contact.imported", subject="contact", subject_id=new[0].id,
            detail={"contacts": len(new), "last": new[-1].id}, now=now,
        )  # fmt: skip
    return len(new)


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    if path.suffix.lower() == ".xlsx":
        with as_csv(path) as sheet:
            lines = sheet.read().decode()
    else:
        try:
            lines = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput([Finding(path.name, str(error), "a CSV file in UTF-8")]) from error
    reader = csv.DictReader(io.StringIO(lines), restkey="beyond")
    heads = [head.strip() for head in reader.fieldnames or ()]
    unknown, missing = [head for head in heads if head not in COLUMNS], [head for head in NEEDED if head not in heads]
    if unknown or missing:
        found = f"the columns {', '.join(heads) or 'nothing'}"
        raise BadInput([Finding(f"{path.name}, row 1", found, f"{', '.join(NEEDED)}, and of {', '.join(COLUMNS)}")])
    for row in reader:
        said = {str(head).strip(): (value or "").strip() for head, value in row.items() if head != "beyond"}
        if any(said.values()):
            yield reader.line_num, said


def _contact(row: Mapping[str, str], where: str, *, now: datetime) -> NewContact:
    findings = []
    courtesy, since = row.get("courtesy", "").lower(), row.get("valid_from", "")
    if courtesy not in YES:
        findings.append(Finding(f"{where}, courtesy", courtesy, "yes or no"))
    try:
        valid_from = date.fromisoformat(since) if since else local_date(now)
    except ValueError:
        valid_from = local_date(now)
        findings.append(Finding(f"{where}, valid_from", since, "a date such as 2022-08-01"))
    if findings:
        raise BadInput(findings)
    return NewContact(
        function=row["function"],
        name=row["name"],
        channel=row["channel"],
        address=row["address"],
        valid_from=valid_from,
        unit_code=row.get("unit_code") or None,
        office=row.get("office") or None,
        language=row.get("language") or "id",
        courtesy=YES[courtesy],
    )


def _same(contact: Contact) -> tuple[object, ...]:
    place = (contact.unit_id, contact.office_id, contact.function)
    return (*place, contact.channel, contact.address.lower(), contact.name, contact.language, contact.courtesy)
