"""What the steps of a release wait for, so that an operator sees whose turn it is. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from ranham.cycle.models import Step
from ranham.cycle.rules import PeriodFacts
from ranham.release.following import Course

Listed = tuple[tuple[str, datetime], ...]
SINCE: Mapping[Step, Callable[[Course], Listed]] = {
    Step.PROPOSE: lambda course: course.propose,
    Step.PUBLISH: lambda course: course.publish,
    Step.DISTRIBUTE: lambda course: course.distribute,
    Step.ANNUAL_REPORT: lambda course: course.report,
}


def since(step: Step, course: Course) -> datetime | None:
    return min((at for _, at in SINCE[step](course)), default=None)


def waits(step: Step, known: PeriodFacts) -> tuple[str, str] | None:
    """What a person has to do, as a sentence and a command; None where the engine goes on by itself."""
    course = known.releases
    if step is Step.PROPOSE and course.provisional:
        number = course.provisional[0][0]
        return (f"waits for a person: {number} was made by hand", f"ranham release propose {number}")
    if step is Step.PROPOSE and course.news:
        number = course.news[0]
        return (
            f"what is known now differs from {number}; amend it where that is wanted",
            f"ranham release diff {number} --now",
        )
    if step is Step.PROPOSE and course.dropped:
        number = course.dropped[0]
        subject = number.rpartition("/")[0]
        return (f"{number} was dropped, and no other version stands in its place", f"ranham release make {subject}")
    if step is Step.PUBLISH and course.proposed:
        number = course.proposed[0][0]
        return (f"waits for the ministry to sign {number} off", f"ranham release sign-off {number}")
    if step is Step.PUBLISH and course.publish and not known.can_sign:
        number = course.publish[0][0]
        return (
            f"{number} is signed off; whether the worker has a key is not known on this machine: RANHAM_SIGNING_KEY_FILE",
            "ranham doctor",
        )
    return None


def somebody(known: PeriodFacts) -> bool:
    """Whether a person is waited for. A version that was dropped is told where one looks, and waits for nobody."""
    pressing = replace(known, releases=replace(known.releases, dropped=()))
    return any(waits(step, pressing) for step in SINCE)
