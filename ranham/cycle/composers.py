"""Who composes which kind of delivery: the one list that the flow and the command line hand to the outbox."""

from collections.abc import Mapping

from ranham.outbox.deliveries import Compose

COMPOSERS: Mapping[str, Compose] = {}
"""By the kind of the delivery."""
