"""How long a test waits for what must come: a guard against hanging, no measurement. A busy machine needs a while."""

PATIENCE_SECONDS = 600
