"""RANHAM engine: tracks the actions of Indonesia's national action plan on human rights."""

import os

# Another package may bring lxml along, and openpyxl would then read and write through it. Hostile workbooks are tried with
# one parser, so it is the same one everywhere.
os.environ.setdefault("OPENPYXL_LXML", "False")
