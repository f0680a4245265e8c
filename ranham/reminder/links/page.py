"""The page that a link opens in a browser, in both languages at once. No scripts, no pictures, no styles."""

from ranham.kernel.clock import JAKARTA
from ranham.reminder.content.composing import sender
from ranham.reminder.content.rendering import own_page
from ranham.reminder.content.saying import function_words
from ranham.reminder.content.words import moment_words
from ranham.reminder.links.models import Outcome, Purpose
from ranham.reminder.links.queries import LinkedContact

DONE: dict[Outcome, tuple[str, str]] = {
    Outcome.CONFIRMED: ("Terima kasih, alamat ini sudah dibenarkan.", "Thank you, this address is confirmed."),
    Outcome.CORRECTED: (
        "Alamat baru dicatat dan berlaku setelah dibenarkan: pesan untuk itu dikirim ke alamat yang baru. Sampai saat itu alamat lama tetap dipakai.",
        "The new address is noted and counts once it is confirmed: a message to it asks for that. Until then the old one is used.",
    ),
    Outcome.UNSUBSCRIBED: ("Salinan tidak dikirim lagi.", "No more copies are sent."),
}


def possible(linked: LinkedContact) -> list[str]:
    """What the link still does."""
    if linked.outcome is not None or linked.unsubscribed_at is not None:
        return []
    made = []
    if linked.purpose is Purpose.CONTACT:
        made.append("confirm")
        if linked.contact_id is not None:
            made.append("correct")
    if linked.courtesy:
        made.append("unsubscribe")
    return made


def contact_page(linked: LinkedContact) -> str:
    return own_page(
        "contact.html",
        {
            "contact": linked,
            "function": [function_words(linked.function, language) for language in ("id", "en")],
            "confirmed": moment_words(linked.confirmed_at, JAKARTA, "id") if linked.confirmed_at else "",
            "helpdesk": sender().helpdesk,
            "possible": possible(linked),
            "done": DONE[linked.outcome] if linked.outcome else None,
        },
    )
