"""Messages to addresses outside: created once per key, claimed, composed, sent, and what became of them."""

from ranham.outbox.deliveries.acting import cancel, mend, overtake, purge, retry
from ranham.outbox.deliveries.creating import create
from ranham.outbox.deliveries.reporting import record_status
from ranham.outbox.deliveries.sending import send_due
from ranham.outbox.shapes import Attachment, Compose, Content, Due, Hold, NewDelivery, Tally, Withdrawn

__all__ = [
    "Attachment",
    "Compose",
    "Content",
    "Due",
    "Hold",
    "NewDelivery",
    "Tally",
    "Withdrawn",
    "cancel",
    "create",
    "mend",
    "overtake",
    "purge",
    "record_status",
    "retry",
    "send_due",
]
