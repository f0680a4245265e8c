"""File names that are safe to show, to store and to send to a browser. Pure."""

import re
import unicodedata
from urllib.parse import quote

from ranham.submission.evidence.rules import FileRefused, FileType

MOST_CHARACTERS = 120
MOST_BYTES = 200
"""Of UTF-8, so that the name fits every file system (255 bytes) with room for a browser's ` (1)`."""

_WINDOWS_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)", re.IGNORECASE)
# Cc control, Cf format (bidi overrides, zero width), Cs, Co, Cn: nothing that a person sees; Zl, Zp: line breaks.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def safe_file_name(raw: str, fallback: str = "bukti") -> str:
    """The last part of a path, without anything that is not seen or that a system takes for more than a name.

    Letters of all scripts stay. Windows and POSIX paths are both cut, wherever the file came from.
    """
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", raw)[-1])
    seen = "".join(" " if c.isspace() else c for c in last if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    plain = " ".join(re.sub(r'[<>:"|?*]', "_", seen).split()).strip(". ")
    if not plain:
        return fallback
    if _WINDOWS_DEVICES.match(plain):
        plain = "_" + plain
    stem, suffix = _split(plain)
    return _shortened(stem, MOST_CHARACTERS - len(suffix), MOST_BYTES - len(suffix.encode())) + suffix


def name_for_type(safe_name: str, type_: FileType) -> str:
    """The name with a suffix that says what the content is: what is sent as text must not arrive as a program.

    Images are renamed among themselves, since telephones mix them up. A suffix that claims something else is refused;
    one that claims nothing, as in `Undangan Drs.Budi`, is part of the name.
    """
    stem, suffix = _split(safe_name)
    if suffix.lower() in type_.suffixes:
        return safe_name
    if type_.image and _IMAGE_CLAIM.fullmatch(suffix):
        return safe_file_name(stem + type_.suffixes[0])
    if _CLAIM.fullmatch(suffix):
        raise FileRefused(safe_name, "other_suffix", what=type_.title, suffix=suffix, example=stem + type_.suffixes[0])
    return safe_file_name(safe_name + type_.suffixes[0])


def content_disposition(file_name: str) -> str:
    """Always an attachment; the name twice, for clients that know RFC 6266 and for those that do not."""
    ascii_ = unicodedata.normalize("NFKD", file_name).encode("ascii", "ignore").decode()
    plain = re.sub(r'[^\w.() \-]|["\\%;]', "_", ascii_) or "bukti"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"


_IMAGE_CLAIM = re.compile(r"\.(jpe?g|jfif|png|hei[cf]|webp|gif|bmp|tiff?)", re.IGNORECASE)
# Suffixes that an operating system, a browser or an office program acts upon.
_CLAIM = re.compile(
    r"\.(pdf|csv|txt|jpe?g|jfif|png|hei[cf]|webp|gif|bmp|tiff?|mp[34]|mov"
    r"|do[ct][mx]?|xl[st][bmx]?|pp[st][mx]?|rtf|od[pst]|zip|rar|7z|t?gz|tar|iso"
    r"|[sx]?html?|mht(ml)?|svgz?|x[ms]l|swf|url|lnk|eml|msg|chm|hta"
    r"|exe|dll|com|scr|pif|cpl|ms[ip]|jar|apk|app|bat|cmd|psm?1|vb[es]?|m?js|jse|ws[cfh]?|reg|inf|scf"
    r"|(ba)?sh|py|pl|php|phtml|jsp|aspx?|cgi|rb)",
    re.IGNORECASE,
)


def _split(name: str) -> tuple[str, str]:
    """Stem and suffix; what follows the last dot of `Laporan No. 12 tahun 2022` is none."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, dot + suffix) if stem and re.fullmatch(r"[A-Za-z0-9]{1,10}", suffix) else (name, "")


def _shortened(stem: str, characters: int, size: int) -> str:
    short = stem[:characters].encode()[:size].decode(errors="ignore")
    return short.rstrip(". ")
