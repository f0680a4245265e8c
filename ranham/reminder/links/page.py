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
REFUSED: dict[int, tuple[str, str]] = {
    404: (
        "Tautan ini tidak dikenal, sudah kedaluwarsa, atau sudah dicabut. Gunakan tautan dalam pesan yang paling baru.",
        "This link is unknown, has expired or was revoked. Use the one in the newest message.",
    ),
    409: ("Tautan ini sudah tidak dapat melakukan hal itu.", "This link can no longer do that."),
    422: (
        "Isian atau tautan ini belum benar. Apabila tautannya terpotong, salin seluruhnya dari pesan.",
        "What was entered, or the link, is not right. If the link was cut short, copy all of it from the message.",
    ),
    429: (
        "Terlalu banyak percobaan. Silakan coba lagi beberapa menit lagi.",
        "Too many tries. Try again in some minutes.",
    ),
}
OTHERWISE = (
    "Sistem sedang tidak dapat menjawab. Silakan coba lagi nanti.",
    "The system cannot answer now. Try again later.",
)


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


def refusal_page(status: int, detail: str) -> str:
    """Why a link did nothing: a sentence in both languages, and the finding itself."""
    said = {"said": REFUSED.get(status, OTHERWISE), "detail": detail, "helpdesk": sender().helpdesk}
    return own_page("refusal.html", said)
