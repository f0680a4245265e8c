"""Red (rapor merah) and green (rapor hijau) of a release."""

from typing import Any

from ranham.release.content import Figure, UnitRow
from ranham.release.documents.indonesian import decimal
from ranham.release.documents.scores import Scores
from ranham.release.documents.selection import Selection, threshold, title

LEVELS = (("ministry", "Kementerian/lembaga"), ("province", "Provinsi"), ("regency", "Kabupaten/kota"))


def red(chosen: Selection) -> list[dict[str, Any]]:
    """Who sent nothing, by level; regencies under their provinces. Who did not have to report is not here."""
    lists = []
    for level, name in LEVELS:
        obliged, silent = chosen.obliged(level), chosen.silent(level)
        lists.append(
            {"level": name, "obliged": len(obliged), "silent": len(silent), "blocks": _blocks(chosen, level, silent)}
        )
    return lists


def green(chosen: Selection, scores: Scores) -> dict[str, Any]:
    """Who is at or above the threshold of the plan: by score, by achieved obligations while there is no score at all."""
    rated = any(f.figure == scores.figure and f.numerator for f in scores.chosen.content.figures)
    limit_bp = threshold(chosen.header.rules, "green_from_bp")
    lists = []
    for level, name in LEVELS:
        rows = []
        for unit in chosen.units(level):
            figure = scores.unit(unit) if rated else chosen.unit(unit, "achievement")
            if figure and _reaches(figure, limit_bp):
                rows.append({"name": title(unit), "value": decimal(figure.percent)})
        lists.append({"level": name, "rows": rows})
    limit = None if limit_bp is None else f"{limit_bp / 100:g}".replace(".", ",")
    basis = scores.name if rated else "capaian"
    return {"basis": basis.lower(), "limit": limit, "lists": lists}


def _reaches(figure: Figure, limit_bp: int | None) -> bool:
    """In whole numbers: a share of 79.999 percent is not 80."""
    return bool(limit_bp and figure.denominator) and figure.numerator * 10_000 >= (limit_bp or 0) * figure.denominator


def _blocks(chosen: Selection, level: str, silent: list[UnitRow]) -> list[dict[str, Any]]:
    if level != "regency":
        return [{"province": None, "names": [title(unit) for unit in silent]}] if silent else []
    names = {unit.code: title(unit) for unit in chosen.units("province")}
    by_province: dict[str, list[str]] = {}
    for unit in silent:
        by_province.setdefault(names.get(unit.parent_code, "tanpa provinsi"), []).append(title(unit))
    return [{"province": province, "names": listed} for province, listed in by_province.items()]
