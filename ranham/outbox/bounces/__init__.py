"""Bounces and complaints that came by e-mail."""

from ranham.outbox.bounces.reading import Told, read
from ranham.outbox.bounces.taking import Bounces, take_folder

__all__ = ["Bounces", "Told", "read", "take_folder"]
