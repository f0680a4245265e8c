"""The summary in words: each sentence is made from figures of the release, and left out where they are missing."""

from collections.abc import Sequence

from ranham.release.content import Figure
from ranham.release.documents.indonesian import count, decimal, percent, span
from ranham.release.documents.scores import Scores
from ranham.release.documents.selection import Selection, title
from ranham.release.documents.trend import national_trend

PARTS = (("ministries", "kementerian/lembaga"), ("provinces", "provinsi"), ("regencies", "kabupaten/kota"))


def summary(chosen: Selection, scores: Scores, trend: list[tuple[str, Selection | None]]) -> list[str]:
    """Paragraphs."""
    paragraphs = [
        _participation(chosen),
        _achievement(chosen),
        _timeliness(chosen),
        _verification(chosen),
        _annual(scores),
        _extremes(chosen),
        _course(trend),
    ]
    return [paragraph for paragraph in paragraphs if paragraph]


def _of(figure: Figure) -> str:
    return f"{count(figure.numerator)} dari {count(figure.denominator)} ({percent(figure)})"


def _participation(chosen: Selection) -> str:
    parts = [(word, f) for scope, word in PARTS if (f := chosen.national("participation", scope))]
    if not parts:
        return ""
    told = _listed([f"{_of(figure)} {word}" for word, figure in parts])
    return f"Untuk {span(chosen.header)}, instansi yang menyampaikan sekurang-kurangnya satu laporan adalah {told}."


def _achievement(chosen: Selection) -> str:
    pooled = chosen.national("achievement", "pooled")
    if pooled is None:
        return ""
    said = (
        f"Dari {count(pooled.denominator)} kewajiban pelaporan, {count(pooled.numerator)} tercapai ({percent(pooled)})"
    )
    parts = [f"{word} {_of(f)}" for scope, word in PARTS if (f := chosen.national("achievement", scope))]
    return said + (f": {_listed(parts)}." if parts else ".")


def _timeliness(chosen: Selection) -> str:
    names = ("on_time", "on_time_within_extension", "late")
    on_time, extended, late = (chosen.national(name, "pooled") for name in names)
    if on_time is None or extended is None or late is None:
        return ""
    return (
        f"Sebanyak {_of(on_time)} kewajiban dilaporkan tepat waktu, {_of(extended)} dalam masa perpanjangan, "
        f"dan {_of(late)} terlambat."
    )


def _verification(chosen: Selection) -> str:
    verified, score = chosen.national("verified", "pooled"), chosen.national("mean_score", "pooled")
    if verified is None:
        return ""
    if not verified.numerator or score is None:
        return "Belum ada laporan yang terverifikasi; nilai belum dapat ditampilkan."
    return (
        f"Laporan yang terverifikasi berjumlah {_of(verified)}. Nilai rata-rata instansi adalah {decimal(score.percent)} "
        "dari 100, dengan laporan yang tidak ada atau belum terverifikasi bernilai nol."
    )


def _annual(scores: Scores) -> str:
    if scores.figure != "annual_score":
        return ""
    parts = [f"{word} {decimal(f.percent)}" for scope, word in PARTS if (f := scores.national(scope))]
    return f"Nilai tahunan rata-rata, dari 100: {_listed(parts)}." if parts else ""


def _extremes(chosen: Selection) -> str:
    """Provinces with the highest and the lowest share, by their regencies; equal ones are all named, up to five."""
    shares = [
        (figure.percent, title(unit))
        for unit in chosen.units("province")
        if (figure := chosen.unit(unit, "achievement", "regencies")) and figure.percent is not None
    ]
    if len({share for share, _ in shares}) < 2:
        return ""
    highest, lowest = max(s for s, _ in shares), min(s for s, _ in shares)
    return (
        f"Menurut capaian kabupaten/kotanya, yang tertinggi adalah {_named(shares, highest)} ({decimal(highest)} %) dan yang "
        f"terendah {_named(shares, lowest)} ({decimal(lowest)} %)."
    )


def _named(shares: Sequence[tuple[object, str]], wanted: object) -> str:
    names = [name for share, name in shares if share == wanted]
    return _listed(names) if len(names) <= 5 else f"{len(names)} provinsi"


def _course(trend: list[tuple[str, Selection | None]]) -> str:
    points = [p for p in national_trend(trend, "pooled", "achievement") if p["bar"] is not None]
    if len(points) < 2:
        return ""
    told = _listed([f"{p['percent']} pada {p['period']}" for p in points])
    return f"Capaian gabungan sepanjang tahun: {told}."


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 3:
        return " dan ".join(parts)
    return ", ".join(parts[:-1]) + ", dan " + parts[-1]
