"""Messages to addresses outside: created once per key, claimed, composed, sent, and what became of them."""

from ranham.outbox.deliveries.creating import create
from ranham.outbox.shapes import Attachment, Compose, Content, Due, NewDelivery, Tally, Withdrawn

__all__ = ["Attachment", "Compose", "Content", "Due", "NewDelivery", "Tally", "Withdrawn", "create"]
