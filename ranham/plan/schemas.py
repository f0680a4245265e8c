"""The shape of a regulation file: everything that a Perpres and its annexes bring, as data that is loaded.

Shape and single-record rules are here, references between records in `references`. Weights are basis points,
values are decimals (never floats), dates are local business dates.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StrictBool, StrictInt, model_validator
from pydantic_core import PydanticCustomError

from ranham.plan.ladder import LadderSpec
from ranham.plan.record import Code, Record
from ranham.plan.references import faults_of

Level = Literal["ministry", "province", "regency"]
ZoneRule = Literal["jakarta", "unit"]

# Control characters do not survive an .xlsx file; a line break does.
Text = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^[^\x00-\x09\x0b-\x1f]+$")]
Item = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^;\x00-\x1f]+$")]
"""One entry of a list: without the semicolon that parts the entries in a workbook's cell."""
UnitCode = Annotated[str, Field(max_length=40, pattern=r"^[A-Z0-9][A-Za-z0-9._-]*$")]
BasisPoints = Annotated[StrictInt, Field(ge=0, le=10_000)]
PlanYear = Annotated[StrictInt, Field(ge=1998, le=2100)]


def _plain(value: Decimal) -> Decimal:
    """1.50 and 1.5 are one value, so they must give one digest."""
    return Decimal(format(value.normalize(), "f"))


Value = Annotated[Decimal, Field(max_digits=15), AfterValidator(_plain)]
"""At most 15 digits: as many as a spreadsheet keeps."""


class ArticleSpec(Record):
    number: Item
    summary: Text


class RegulationSpec(Record):
    code: Code
    generation: Item
    title: Text
    instrument: Item
    amended_by: tuple[Item, ...] = ()
    valid_from_year: PlanYear
    valid_to_year: PlanYear
    articles: tuple[ArticleSpec, ...] = ()
    verified: StrictBool
    """Somebody read the regulation itself, not only what others wrote about it."""

    @model_validator(mode="after")
    def _years_in_order(self) -> Self:
        if self.valid_to_year < self.valid_from_year:
            raise ValueError(f"valid_to_year is not before valid_from_year {self.valid_from_year}")
        return self


class TargetGroupSpec(Record):
    code: Code
    name_id: Text
    name_en: Text


class ObjectiveSpec(Record):
    code: Code
    text_id: Text
    text_en: Text | None = None


class BodySpec(Record):
    """A ministry or agency (K/L). It has no place in the territory, so the plan names it."""

    code: UnitCode
    name: Text


class ExclusionSpec(Record):
    code_system: Literal["kemendagri"]
    code: UnitCode
    reason: Text


class ObligationRule(Record):
    """Who of a level is obliged this year; `all` is resolved on the year's freeze date."""

    level: Level
    include: Literal["all"] | Annotated[tuple[UnitCode, ...], Field(min_length=1)]
    exclude: tuple[ExclusionSpec, ...] = ()


class MeasureSpec(Record):
    period: Code
    number: Annotated[StrictInt, Field(ge=1)]
    text_id: Text
    unit_of_measure: Item
    value_min: Value | None = None
    value_max: Value | None = None
    required: StrictBool
    evidence: tuple[Code, ...] = ()
    text_in_sources: StrictBool

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.value_min is not None and self.value_max is not None and self.value_max < self.value_min:
            raise ValueError(f"value_max is not below value_min {self.value_min}")
        return self


class LinkSpec(Record):
    scheme: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
    code: Item


class ActionSpec(Record):
    code: Code
    title_id: Text
    title_en: Text | None = None
    text_in_sources: StrictBool
    """False: the action is known to exist, its text is not in our sources, and the title says so."""
    target_group: Code | None = None
    objective: Code | None = None
    levels: Annotated[tuple[Level, ...], Field(min_length=1)]
    units: tuple[UnitCode, ...] = ()
    """The bodies that carry out a ministry action; empty means every obliged body."""
    responsible: tuple[Item, ...] = ()
    supporting: tuple[Item, ...] = ()
    success_criterion: Text | None = None
    measures: Annotated[tuple[MeasureSpec, ...], Field(min_length=1)]
    links: tuple[LinkSpec, ...] = ()


class WindowSpec(Record):
    """Local dates, the last day counts whole; `zone_rule` says on whose clock that day ends."""

    opens_on: date
    closes_on: date
    zone_rule: ZoneRule
    verified: StrictBool
    """The two dates are published. What is not known about the window goes into `note`."""
    note: Text | None = None

    @model_validator(mode="after")
    def _closes_after_opening(self) -> Self:
        if self.closes_on < self.opens_on:
            raise ValueError(f"closes_on {self.closes_on} is not before opens_on {self.opens_on}")
        return self


class VerificationSpec(Record):
    """Days of the central verification (2022 B08: 7 to 9 September)."""

    starts_on: date
    ends_on: date

    @model_validator(mode="after")
    def _ends_after_start(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError(f"ends_on {self.ends_on} is not before starts_on {self.starts_on}")
        return self


class PeriodSpec(Record):
    code: Code
    closing_month: Annotated[StrictInt, Field(ge=1, le=12)]
    window: WindowSpec | None = None
    """None: the letter that announces it is not out, or not in our sources."""
    verification: VerificationSpec | None = None


class ScoringSpec(Record):
    administrative_weight_bp: BasisPoints
    substantive_weight_bp: BasisPoints
    missing_scores_zero: StrictBool
    green_from_bp: BasisPoints
    red_below_bp: BasisPoints
    annual_rule: Literal["mean_of_periods"]
    unverified: tuple[Code, ...] = ()
    """Names of the fields above for which no rule is published; pages say so beside the figure."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.administrative_weight_bp + self.substantive_weight_bp != 10_000:
            raise ValueError("administrative_weight_bp and substantive_weight_bp make 10000 together")
        if self.red_below_bp > self.green_from_bp:
            raise ValueError(f"red_below_bp is not above green_from_bp {self.green_from_bp}")
        if unknown := set(self.unverified) - (set(ScoringSpec.model_fields) - {"unverified"}):
            raise ValueError(f"unverified names fields of scoring, not {', '.join(sorted(unknown))}")
        return self


class TierSpec(Record):
    """One reading of a report: pre_check by the regional office (Kanwil), central by the secretariat."""

    name: Literal["pre_check", "central"]
    days: Annotated[StrictInt, Field(ge=1, le=366)]
    """Time limit of a reading, from the day on which it can begin."""
    escalates: StrictBool
    """Readings past the limit are shown one office higher."""


class TieredVerificationSpec(Record):
    """How the reports of a year are verified. No rule for it is published, so a plan need not say anything."""

    tiers: Annotated[tuple[TierSpec, ...], Field(min_length=1)]
    max_rounds: Annotated[StrictInt, Field(ge=0, le=10)]
    """How often a report may be returned."""
    return_days: Annotated[StrictInt, Field(ge=1, le=366)]
    """Days for a revision; never longer than the period takes reports."""
    second_reading_share_bp: BasisPoints
    partly_fulfilled_bp: BasisPoints
    """What a measure counts that is fulfilled in part; fulfilled counts 10000, not fulfilled 0."""
    unverified: tuple[Code, ...] = ()
    """Names of the fields above for which no rule is published; pages say so beside the figure."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [tier.name for tier in self.tiers]
        if names not in (["pre_check"], ["central"], ["pre_check", "central"]):
            raise ValueError("tiers are pre_check, central, or both in this order")
        if unknown := set(self.unverified) - (set(TieredVerificationSpec.model_fields) - {"unverified"}):
            raise ValueError(f"unverified names fields of verification, not {', '.join(sorted(unknown))}")
        return self


class YearSpec(Record):
    year: PlanYear
    territory_as_of: date
    """The freeze date: provinces created later in the year do not change its targets (2022 kept 34)."""
    obliged: Annotated[tuple[ObligationRule, ...], Field(min_length=1)]
    actions: Annotated[tuple[ActionSpec, ...], Field(min_length=1)]
    periods: Annotated[tuple[PeriodSpec, ...], Field(min_length=1)]
    scoring: ScoringSpec
    verification: TieredVerificationSpec | None = None
    """None: as `ranham.plan.policy` has it until a rule is published."""
    reminders: LadderSpec | None = None
    """None: the starting ladder, until a rule is published."""


class PlanFile(Record):
    schema_version: Literal[1]
    regulation: RegulationSpec
    target_groups: tuple[TargetGroupSpec, ...] = ()
    objectives: tuple[ObjectiveSpec, ...] = ()
    bodies: tuple[BodySpec, ...] = ()
    years: Annotated[tuple[YearSpec, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _references_resolve(self) -> Self:
        # One error that carries every fault with its own place: a validator of its own can name only its record.
        if faults := faults_of(self):
            text = "; ".join(f"{fault.found}: {fault.expected}" for fault in faults)
            raise PydanticCustomError("plan_references", "{text}", {"text": text, "faults": faults})
        return self
