"""What releases go out under."""

from ranham.cycle.doctor.verdicts import Verdict, failed, ok
from ranham.kernel.database import read_session
from ranham.kernel.errors import BadInput
from ranham.kernel.small_cells import VARIABLE
from ranham.release.in_force import asked

NAME = "small cells"


def small_cells() -> list[Verdict]:
    """The rule that is set, and that the plans know what it names: else figures are neither made nor shown."""
    with read_session() as session:
        try:
            rule = asked(session)
        except BadInput as refused:
            mend = f"correct {VARIABLE}, to the same for worker and API (docs/release-formats.md)"
            return [failed(NAME, str(each), mend) for each in refused.findings]
    if rule is None:
        return [ok(NAME, f"no rule is set: nothing is hidden where a release records none ({VARIABLE})")]
    return [ok(NAME, f"counts below {rule.threshold} are hidden of {', '.join(sorted(rule.target_groups))}")]
