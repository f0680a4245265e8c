"""Who composes which kind of delivery: the one list that the flow and the command line hand to the outbox."""

from collections.abc import Mapping

from ranham.outbox.deliveries import Compose
from ranham.reminder.content.composing import KIND, compose
from ranham.reminder.content.confirming import compose_confirmation, compose_correction
from ranham.reminder.links.service import CONFIRMATION, CORRECTION

COMPOSERS: Mapping[str, Compose] = {
    KIND: compose,
    CONFIRMATION: compose_confirmation,
    CORRECTION: compose_correction,
}
"""By the kind of the delivery."""
