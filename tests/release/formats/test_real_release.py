"""A release out of the database, of real size, holds in the formats that other programs check."""

import json
from collections import Counter
from pathlib import Path

import frictionless
from frictionless import system
from sqlalchemy.orm import Session

from ranham.release import formats, service
from ranham.release.content import load
from tests.release.world import NOW, closed_period


def test_a_release_of_all_units_is_valid_and_complete(session: Session, tmp_path: Path) -> None:
    release = service.make(session, closed_period(session), by="siti", now=NOW)
    content = load(session, release.number)
    files = {file.name: file for file in formats.write_all(content, tmp_path)}
    with system.use_context(trusted=True):
        report = frictionless.validate(str(files["datapackage.json"]))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "note"])[:5]
    (values,) = [file for name, file in files.items() if name.endswith("dhis2-values.json")]
    read = json.loads(values.read_text("utf-8"))["dataValues"]
    keys = Counter((v["dataElement"], v["orgUnit"], v.get("categoryOptionCombo")) for v in read)
    assert len(keys) == len(read) == 2 * len(content.figures)
