"""Who composes which kind of delivery, and which kinds may have to wait or stop: the lists that flow and command line hand to the outbox."""

from collections.abc import Mapping

from ranham.outbox.deliveries import Compose, Hold
from ranham.release.distribution import KIND as RELEASE
from ranham.release.telling import compose_release
from ranham.release.webhooks.composing import compose_notice, stop_withdrawn
from ranham.release.webhooks.service import KIND as WEBHOOK
from ranham.reminder.content.composing import KIND, compose
from ranham.reminder.content.confirming import compose_confirmation, compose_correction
from ranham.reminder.links.service import CONFIRMATION, CORRECTION
from ranham.reminder.planning.holding import hold

COMPOSERS: Mapping[str, Compose] = {
    KIND: compose,
    CONFIRMATION: compose_confirmation,
    CORRECTION: compose_correction,
    RELEASE: compose_release,
    WEBHOOK: compose_notice,
}
"""By the kind of the delivery."""
HOLDS: Mapping[str, Hold] = {KIND: hold, WEBHOOK: stop_withdrawn}
"""What people asked for themselves goes at any time."""
