"""Writing a release of real size in every format, against the bare libraries writing the same rows."""

import csv
import json
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from xlsxwriter import Workbook

from ranham.compliance.rules import Counts, figures
from ranham.release import formats
from ranham.release.content import Figure, Header, ReleaseContent, UnitRow
from ranham.release.formats.columns import FIGURES
from ranham.release.formats.published import publish
from tests.bench.timing import pair, row

RUNS = 3
NAMES = [column.name for column in FIGURES]
GROUPS = ("perempuan", "anak", "disabilitas", "masyarakat-adat", "(none)")
PROVINCES, REGENCIES = 38, 514


def bench(folder: Path) -> list[dict[str, object]]:
    content = release()
    rows = [tuple(each) for each in publish(content).rows]
    made = folder / "release"
    made.mkdir(parents=True)
    first, *_ = formats.write_all(content, made)
    floors = _floors(content, rows, first.with_suffix(""))
    results = []
    for name, bare in floors.items():
        took, against = pair(lambda n=name: _each(content, folder, n), lambda b=bare: _bare(b, folder), runs=RUNS)  # type: ignore[misc]
        results.append(row(f"release of {len(rows):,} figures as {name}", took, "bare library, same rows", against, ""))

    for what, left_out in (("all formats", ()), ("all formats but the workbook", ("xlsx",))):
        bares = [bare for name, bare in floors.items() if name not in left_out]
        chosen = [name for name in formats.FORMATS if name not in left_out]
        took, against = pair(
            lambda chosen=chosen: _whole(content, folder, chosen),  # type: ignore[misc]
            lambda bares=bares: [_bare(bare, folder) for bare in bares],  # type: ignore[misc]
            runs=RUNS,
        )
        results.append(
            row(f"release of {len(rows):,} figures, {what}", took, "bare libraries, same rows", against, "<= 2")
        )
    return results


def release() -> ReleaseContent:
    """38 provinces and 514 regencies; every unit by target group and by action, as well as provinces and the nation."""
    units, made = [], []
    places: list[tuple[str, str | None, str, str]] = [("national", None, "Indonesia", "pooled")]
    for province in range(11, 11 + PROVINCES):
        units.append(UnitRow(str(province), f"Provinsi {province}", "provinsi", "province", None, f"kanwil-{province}"))
        places += [("province", str(province), f"Provinsi {province}", scope) for scope in ("own", "regencies")]
    for number in range(REGENCIES):
        province, code = 11 + number % PROVINCES, f"{11 + number % PROVINCES}.{1 + number // PROVINCES:02d}"
        units.append(UnitRow(code, f"Nama {number}", "kabupaten", "regency", str(province), None))
        places.append(("regency", code, f"Kabupaten Nama {number}", "own"))
    parts: list[tuple[str | None, str | None]] = [(None, None), *((group, None) for group in GROUPS)]
    parts += [(None, f"D{number}") for number in range(1, 7)]
    for at, (level, code, name, scope) in enumerate(places, 1):
        for group, action in parts:
            counts = Counts(at, at // 2, at * 6, 0, at * 5, at * 4, at * 3, at, at, at * 2, at, at * 7001)
            made += [
                Figure(level, code, name, scope, group, action, f.figure, f.numerator, f.denominator, f.denominator_name)
                for f in figures(counts)
            ]  # fmt: skip
    return ReleaseContent(_header(), tuple(units), tuple(made))


def _header() -> Header:
    return Header(
        number="RANHAM-V:2022-B08/1", regulation="RANHAM-V", label="2022-B08", kind="period", version=1,
        state="published", sandbox=False, reason=None, territory_as_of=date(2022, 1, 1), rules={}, rules_digest="0" * 64,
        simulated=True, made_at=datetime(2022, 9, 10, tzinfo=UTC), published_at=None, content_hash="0" * 64,
        signature=None, key_id=None, supersedes=None, superseded_by=None, closing_month=8, year=2022,
    )  # fmt: skip


def _each(content: ReleaseContent, folder: Path, name: str) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as made:
        formats.write(name, content, Path(made))


def _whole(content: ReleaseContent, folder: Path, chosen: list[str]) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as made:
        formats.write_all(content, Path(made), formats=chosen)


def _bare(write: Callable[[Path], None], folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as made:
        write(Path(made) / "bare")


def _floors(content: ReleaseContent, rows: list[tuple[object, ...]], stem: Path) -> dict[str, Callable[[Path], None]]:
    """What a user would write with the library alone; the rows lie ready, which ours has to make first."""
    records = [dict(zip(NAMES, each, strict=True)) for each in rows]
    table = list(csv.reader(Path(f"{stem}-sdmx.csv").open(encoding="utf-8", newline="")))  # noqa: SIM115
    values = list(csv.reader(Path(f"{stem}-dhis2-values.csv").open(encoding="utf-8", newline="")))  # noqa: SIM115
    value_records = json.loads(Path(f"{stem}-dhis2-values.json").read_text("utf-8"))
    columns = list(zip(*rows, strict=True))
    typed = [pa.decimal128(18, 2) if name == "percent" else None for name in NAMES]
    percents = [None if said is None else Decimal(str(said)) for said in columns[NAMES.index("percent")]]
    columns[NAMES.index("percent")] = tuple(percents)

    def as_json(file: Path) -> None:
        file.write_text(json.dumps(records, ensure_ascii=False), "utf-8")

    def as_csv(file: Path) -> None:
        _csv(file, rows)

    def as_parquet(file: Path) -> None:
        arrays = [pa.array(column, kind) for column, kind in zip(columns, typed, strict=True)]
        pq.write_table(pa.Table.from_arrays(arrays, names=NAMES), file, compression="zstd")

    def as_xlsx(file: Path) -> None:
        book = Workbook(str(file.with_suffix(".xlsx")), {"constant_memory": True})
        sheet = book.add_worksheet()
        for at, each in enumerate(rows):
            sheet.write_row(at, 0, each)
        book.close()

    def as_dhis2(file: Path) -> None:
        file.with_suffix(".json").write_text(json.dumps(value_records, ensure_ascii=False), "utf-8")
        _csv(file, values)

    def as_sdmx(file: Path) -> None:
        _csv(file, table)

    return {
        "json": as_json, "csv": as_csv, "parquet": as_parquet, "xlsx": as_xlsx, "dhis2": as_dhis2, "sdmx": as_sdmx,
    }  # fmt: skip


def _csv(file: Path, rows: object) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)  # type: ignore[arg-type]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as alone:
        for result in bench(Path(alone)):
            print(result)
