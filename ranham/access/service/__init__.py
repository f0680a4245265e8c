"""Writes of this room, by what they are about."""

from ranham.access.service.accounts import change_password, remove_account, set_password
from ranham.access.service.people import add_person, disable_person, enable_person
from ranham.access.service.readers import Readers
from ranham.access.service.roles import end_role, grant_role, hand_over
from ranham.access.service.sign_in import REFUSED, SignIn, sign_in, sign_in_with_id_token
from ranham.access.service.tokens import (
    IssuedToken,
    Recognized,
    authenticate,
    issue_token,
    note_use,
    recognize,
    recognize_and_ask,
    recognize_as_application,
    revoke_token,
)

__all__ = [
    "REFUSED",
    "IssuedToken",
    "Readers",
    "Recognized",
    "SignIn",
    "add_person",
    "authenticate",
    "change_password",
    "disable_person",
    "enable_person",
    "end_role",
    "grant_role",
    "hand_over",
    "issue_token",
    "note_use",
    "recognize",
    "recognize_and_ask",
    "recognize_as_application",
    "remove_account",
    "revoke_token",
    "set_password",
    "sign_in",
    "sign_in_with_id_token",
]
