"""The flow empties the outbox and shows what is left."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from tests.outbox.deliveries import make, new, states

DELIVER = """
import json
from flows import deliver
from tests.outbox.deliveries import COMPOSERS
deliver.COMPOSERS = COMPOSERS
print(json.dumps(deliver.deliver()))
"""


def test_the_flow_sends_what_is_due_and_again_nothing(python: Callable[..., Any], application: Engine) -> None:
    make(application, new("a"), new("b", kind="riddle"))
    assert python(DELIVER) == 1
    assert states(application) == {"a": "delivered_to_provider", "b": "technical_failure"}
    assert python(DELIVER) == 0
