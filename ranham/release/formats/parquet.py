"""Parquet: typed columns, a percent is an exact decimal, the header as JSON in the file's metadata."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from ranham.release.formats.columns import ACTIONS, FIGURES, UNITS, Column
from ranham.release.formats.published import SIMULATED, Published, told

TYPES = {"text": pa.string(), "integer": pa.int64(), "decimal": pa.decimal128(18, 2), "boolean": pa.bool_()}


def write(published: Published, folder: Path) -> list[Path]:
    header = published.header
    metadata = {
        "ranham": json.dumps(told(header), ensure_ascii=False, sort_keys=True),
        "ranham.release": header.number,
        "ranham.content_hash": header.content_hash,
        "ranham.simulated": "true" if header.simulated else "false",
    }
    if header.simulated:
        metadata["ranham.banner"] = SIMULATED
    actions = [[getattr(action, column.name) for column in ACTIONS] for action in published.actions]
    units = [[getattr(unit, column.name) for column in UNITS] for unit in published.units]
    return [
        _write(folder / f"{published.stem}-figures.parquet", FIGURES, published.rows, metadata),
        _write(folder / f"{published.stem}-units.parquet", UNITS, units, metadata),
        _write(folder / f"{published.stem}-actions.parquet", ACTIONS, actions, metadata),
    ]


def _write(file: Path, columns: tuple[Column, ...], rows: list[Any], metadata: dict[str, str]) -> Path:
    fields = [pa.field(c.name, TYPES[c.kind], nullable=not c.required) for c in columns]
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    arrays = [_array(column, said) for column, said in zip(columns, values, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata=metadata))
    parquet.write_table(table, file, compression="zstd")
    return file


def _array(column: Column, values: tuple[Any, ...]) -> Any:
    if column.kind == "decimal":
        exact = {said: None if said is None else Decimal(said) for said in set(values)}
        values = tuple(exact[said] for said in values)
    return pa.array(values, TYPES[column.kind])
