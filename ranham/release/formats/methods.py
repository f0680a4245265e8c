"""The methods sheet: what the release is, what each figure counts, the rules used and which of them are unverified."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ranham.release.formats.columns import figure_name
from ranham.release.formats.published import SIMULATED, Published, plain

Line = tuple[str, str, str]
"""Style, name and text."""


def describe(published: Published) -> Iterator[Line]:
    header = published.header
    if header.simulated:
        yield "banner", "SIMULASI / SIMULATED", SIMULATED
    yield "heading", "Rilis / Release", header.number
    for name, said in (
        ("Keadaan / State", header.state + (" (sandbox)" if header.sandbox else "")),
        ("Peraturan / Regulation", header.regulation),
        ("Periode / Period", header.label),
        ("Alasan versi ini / Reason of this version", header.reason or ""),
        ("Menggantikan / Supersedes", header.supersedes or ""),
        ("Digantikan oleh / Superseded by", header.superseded_by or ""),
        ("Wilayah per tanggal / Territory as of", str(header.territory_as_of)),
        ("Dibuat / Made at", plain(header.made_at)),
        ("Terbit / Published at", plain(header.published_at) or ""),
        ("Sidik isi / Content hash (SHA-256)", header.content_hash),
        ("Tanda tangan / Signature (Ed25519)", header.signature or "-"),
        ("Kunci / Key", header.key_id or "-"),
    ):
        yield "wrapped", name, said
    yield "heading", "Ukuran / Figure", "Penyebut / Denominator"
    for figure, names in _denominators(published).items():
        yield "wrapped", figure_name(figure), "; ".join(names)
    yield (
        "wrapped",
        "Persen / Percent",
        "Pembilang x 100 / penyebut, dua desimal; tidak pernah dipotong pada 100. / Two decimals, half up; never clipped at 100.",
    )
    if published.policy:
        yield "heading", "Sel kecil / Small cells", "configuration, unverified"
        words = f"Counts below {published.policy.threshold} in {', '.join(sorted(published.policy.target_groups))} are hidden, and what would give them away by subtraction."
        yield "wrapped", "Disembunyikan / Suppressed", words
    yield "heading", "Aturan / Rules", f"SHA-256 {header.rules_digest}"
    yield from _rules(plain(header.rules), "", unverified=frozenset())


def _denominators(published: Published) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in published.rows:
        names = found.setdefault(row.figure, [])
        if row.denominator_name not in names:
            names.append(row.denominator_name)
    return found


def _rules(rules: Mapping[str, Any], path: str, *, unverified: frozenset[str]) -> Iterator[Line]:
    """One line for each value; those that a list `unverified` beside them names are marked."""
    listed = rules.get("unverified")
    marked = unverified | frozenset(listed if isinstance(listed, list) else ())
    for name, said in rules.items():
        if name == "unverified" and isinstance(said, list):
            continue
        where = f"{path}.{name}" if path else name
        if isinstance(said, Mapping):
            inner = marked | ({*said} if name in marked or said.get("unverified") is True else set())
            yield from _rules(said, where, unverified=frozenset(inner))
        else:
            mark = "  [belum terverifikasi / configuration, unverified]" if name in marked or where in marked else ""
            words = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
            yield "wrapped", where, words + mark
