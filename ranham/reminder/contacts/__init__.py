"""Addresses to write to: dated, corrected by ending one and adding another, so that history stays."""

from ranham.reminder.contacts.file import import_file
from ranham.reminder.contacts.queries import ContactRow, FailingRow, failing, listed
from ranham.reminder.contacts.service import NewContact, add, confirmed, correct, end, propose

__all__ = [
    "ContactRow",
    "FailingRow",
    "NewContact",
    "add",
    "confirmed",
    "correct",
    "end",
    "failing",
    "import_file",
    "listed",
    "propose",
]
