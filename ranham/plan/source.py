"""Regulation files: found, read, put into one canonical form and fingerprinted."""

import hashlib
import json
from pathlib import Path

from ranham.plan.findings import Finding, PlanRefused
from ranham.plan.schemas import PlanFile
from ranham.plan.workbook import read_workbook
from ranham.plan.yaml_file import read_yaml

__all__ = ["Finding", "PlanRefused", "canonical_json", "digest", "plan_path", "read_plan", "shipped_plans"]

_PLANS = Path(__file__).parent / "plans"


def read_plan(path: Path | str) -> PlanFile:
    """Read .yaml or .xlsx. Raises `PlanRefused` with every finding; never returns half a plan."""
    path = Path(path)
    if not path.is_file():
        raise PlanRefused([Finding(str(path), "no such file", "a regulation file, .yaml or .xlsx")])
    match path.suffix.lower():
        case ".yaml" | ".yml":
            return read_yaml(path)
        case ".xlsx":
            return read_workbook(path)
        case suffix:
            raise PlanRefused([Finding(str(path), f"the suffix {suffix or '(none)'}", ".yaml or .xlsx")])


def canonical_json(plan: PlanFile) -> bytes:
    """The same bytes for the same plan, whether it came from YAML or a workbook, on every machine."""
    data = plan.model_dump(mode="json")
    for year in data["years"]:
        # These sections came later: plans without them keep the digest that they had.
        for section in ("verification", "reminders"):
            if year[section] is None:
                del year[section]
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(plan: PlanFile) -> str:
    return hashlib.sha256(canonical_json(plan)).hexdigest()


def shipped_plans() -> list[str]:
    return sorted(path.stem for path in _PLANS.glob("*.yaml"))


def plan_path(name: str) -> Path:
    """A shipped regulation file by its stem, such as `ranham-v-2022`."""
    if name not in shipped_plans():
        raise PlanRefused([Finding(name, "no shipped plan of this name", f"one of {', '.join(shipped_plans())}")])
    return _PLANS / f"{name}.yaml"
