"""Webhooks: a signed POST to an address of another program. What it answers is told from its status, and nothing else.

The same message twice is one message to the receiver, who knows it by its id; so a lost answer is tried again.
"""

from ranham.outbox.providers.webhook.posting import WANTS_NO_MORE, Webhook
from ranham.outbox.providers.webhook.signing import read_secrets, signature

__all__ = ["WANTS_NO_MORE", "Webhook", "read_secrets", "signature"]
