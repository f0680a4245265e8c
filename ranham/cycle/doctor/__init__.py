"""Whether the installation is sound: every check by itself, bounded in time, with what to do about what it finds."""

from ranham.cycle.doctor.examining import CHECKS, examine
from ranham.cycle.doctor.verdicts import Level, Verdict

__all__ = ["CHECKS", "Level", "Verdict", "examine"]
