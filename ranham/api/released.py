"""What the doors of releases share: which one a path names, its small-cell rule, and conditional answers to it."""

import logging
import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Header, Path
from sqlalchemy.orm import Session
from starlette.responses import Response

from ranham.kernel.errors import BadInput, Unavailable
from ranham.kernel.settings import settings
from ranham.release import kept, queries
from ranham.release.in_force import in_force
from ranham.release.models import Release
from ranham.release.states import PUBLIC
from ranham.release.suppression import Policy, policy_in_force, policy_of

log = logging.getLogger("ranham.api")
LabelPath = Annotated[
    str,
    Path(
        description="Label of the release, such as 2022-B08, or 2022 of a year; with the regulation before it where two "
        "have the same label.",
        pattern=r"^([0-9A-Za-z_.-]{1,40}:)?[0-9]{4}(-[0-9A-Za-z]{1,10})?$",
        examples=["2022-B08"],
    ),
]
VersionPath = Annotated[str, Path(description="Its version.", pattern=r"^(sandbox-)?[1-9][0-9]{0,8}$", examples=["1"])]
IfNoneMatch = Annotated[
    str | None, Header(description="Etags of what the client has.", max_length=2000, examples=['"9f9f-json"'])
]
LASTING = "private, max-age=31536000, immutable"
FOR_A_DAY = "private, max-age=86400"
"""No rule on small cells is recorded: one that is set later holds in all copies a day after."""
ASKED_AGAIN = "private, no-cache"
"""The small-cell rule is a setting, which may change: what it hides later must not be served from a copy."""
WHOLE_ONLY = {"Accept-Ranges": "none"}
"""Said with each file: `Range` is not looked at, and whoever sends it gets the whole."""
BY = "Authorization, Accept-Encoding"
WEAK = re.compile(r"^W/")


def named(session: Session, label: str, version: str) -> Release:
    """The release of a path, if the person may see it: which rows there are the database decides.

    None at all under a rule that would hide nothing, as no plan knows what it names.
    """
    release = queries.find(session, f"{label}/{version}")
    try:
        in_force(session, release.rules)
    except BadInput as unusable:
        log.error("no figures of %s are served: %s", release.number, unusable)  # noqa: TRY400 - known, not unforeseen
        words = "the small-cell rule that is set here cannot be used, so nothing that it holds for is shown"
        raise Unavailable(f"{words}; operators see in the log and by `ranham doctor` what is wrong with it") from None
    return release


def policy(release: Release) -> Policy | None:
    """The rule that the release records comes first: its files are to stay the same."""
    return policy_in_force(release.rules, settings().small_cells)


def headers(release: Release, *, tag: str) -> dict[str, str]:
    """None for a release that is not published: nobody keeps copies of it."""
    if release.state not in PUBLIC:
        return {}
    return {"ETag": f'"{tag}"', "Cache-Control": how_long(release.rules), "Vary": BY}


def how_long(*rules: Mapping[str, Any]) -> str:
    """For how long a client need not ask again for what was published, by the rules of each release that it shows."""
    if all(policy_of(each) is not None for each in rules):
        return LASTING
    return FOR_A_DAY if settings().small_cells is None else ASKED_AGAIN


def whole(data: bytes, name: str, said: Mapping[str, str], media_type: str, *, inline: bool = False) -> Response:
    """A file of a release under the name that it is kept by; `inline` is for what a browser can show."""
    shown = f'{"inline" if inline else "attachment"}; filename="{name}"'
    return Response(data, 200, {**said, "Content-Disposition": shown, **WHOLE_ONLY}, media_type)


def content_tag(release: Release) -> str:
    return kept.tag(release.content_hash, policy(release))


def unchanged(if_none_match: str | None, said: Mapping[str, str]) -> Response | None:
    """304 if the client has it already."""
    if if_none_match is None or "ETag" not in said:
        return None
    return Response(status_code=304, headers=dict(said)) if has(if_none_match, said["ETag"]) else None


def has(if_none_match: str, tag: str) -> bool:
    """RFC 9110: compared weakly, `*` is anything."""
    return not {"*", tag}.isdisjoint(WEAK.sub("", each.strip()) for each in if_none_match.split(","))


def takes_gzip(accepted: str | None) -> bool:
    for each in (accepted or "").lower().split(","):
        name, _, weight = each.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "").rstrip("0.") != "q="
    return False
