"""A data package (Frictionless): the CSV files, described so that a program can check them against the description."""

import hashlib
import json
from pathlib import Path
from typing import Any

from ranham.release.formats import csv
from ranham.release.formats.columns import ACTIONS, FIGURES, UNITS, Column
from ranham.release.formats.published import SIMULATED, Published, plain, stem

TYPES = {"text": "string", "integer": "integer", "decimal": "number", "boolean": "boolean"}
LEVELS = ["national", "ministry", "province", "regency", "office"]


def write(published: Published, folder: Path) -> list[Path]:
    """`datapackage.json` and the CSV files it describes, with their sizes and SHA-256."""
    figures, units, actions = csv.write(published, folder)
    keys = [_of_units("unit_code")]
    if published.actions:
        keys.append({"fields": "action", "reference": {"resource": "actions", "fields": "code"}})
    header = published.header
    package = {
        "profile": "tabular-data-package",
        "name": stem(header),
        "id": header.number,
        "title": f"RANHAM {header.label}, {header.number}" + (" (SIMULATED / SIMULASI)" if header.simulated else ""),
        "description": (SIMULATED + ". " if header.simulated else "") + _description(published),
        "version": str(header.version),
        "created": plain(header.published_at or header.made_at),
        # The licence of the figures is the publisher's to give.
        "licenses": [{"name": "other-closed", "title": "Not stated by the publisher / belum ditetapkan penerbit"}],
        "sources": [{"title": f"Reports under {header.regulation}, {header.label}, as verified in the RANHAM engine"}],
        "simulated": header.simulated,
        "contentHash": header.content_hash,
        "rules": plain(header.rules),
        "rulesDigest": header.rules_digest,
        "territoryAsOf": str(header.territory_as_of),
        "resources": [
            _resource("figures", figures, FIGURES, keys={"primaryKey": "position", "foreignKeys": keys}),
            _resource("units", units, UNITS, keys={"foreignKeys": [{"fields": "parent_code", "reference": {"resource": "", "fields": "code"}}]}),
            _resource("actions", actions, ACTIONS, keys={"primaryKey": "code"}),
        ],
    }  # fmt: skip
    if header.supersedes:
        package["supersedes"] = header.supersedes
    file = folder / "datapackage.json"
    file.write_text(json.dumps(package, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return [figures, units, actions, file]


def _description(published: Published) -> str:
    words = "Figures of reporting on human-rights actions. Every ratio carries its numerator, denominator and its name."
    if published.policy:
        words += f" Counts below {published.policy.threshold} in {', '.join(sorted(published.policy.target_groups))} are suppressed."
    return words


def _of_units(field: str) -> dict[str, Any]:
    return {"fields": field, "reference": {"resource": "units", "fields": "code"}}


def _resource(name: str, file: Path, columns: tuple[Column, ...], *, keys: dict[str, Any]) -> dict[str, Any]:
    data = file.read_bytes()
    return {
        "name": name,
        "path": file.name,
        "profile": "tabular-data-resource",
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": "sha256:" + hashlib.sha256(data).hexdigest(),
        "dialect": {"lineTerminator": "\r\n", "delimiter": ",", "quoteChar": '"', "doubleQuote": True},
        "schema": {"fields": [_field(name, column) for column in columns], "missingValues": [""], **keys},
    }


def _field(resource: str, column: Column) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": column.name,
        "type": TYPES[column.kind],
        "title": f"{column.indonesian} / {column.english}",
    }
    rules: dict[str, Any] = {"required": True} if column.required else {}
    if column.kind == "integer":
        rules["minimum"] = 0
    if column.name == "level":
        rules["enum"] = LEVELS
    if (resource, column.name) == ("units", "code"):
        rules["unique"] = True
    return said | {"description": column.meaning} | ({"constraints": rules} if rules else {})
