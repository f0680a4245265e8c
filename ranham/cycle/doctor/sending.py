"""Whoever takes our messages: connected and greeted, and nothing sent."""

from ranham.cycle.doctor.verdicts import Verdict, failed, ok
from ranham.kernel.addresses import shown
from ranham.kernel.database import read_session
from ranham.kernel.settings import settings, smtp_servers
from ranham.kernel.webhook_settings import webhook_settings
from ranham.outbox.providers.smtp import Smtp
from ranham.outbox.providers.webhook.signing import Unreadable, read_secrets
from ranham.outbox.routes import configured
from ranham.release.webhooks import queries

FINE = 250


def servers() -> list[Verdict]:
    """Each server, as the outbox would reach it: connecting, security, signing in, NOOP."""
    made = []
    for name, found in smtp_servers():
        where = f"{name} {shown(found.host or '')}:{found.port}"
        line = Smtp(name, found).line()
        try:
            refused = line.connect()
            code = line.server.noop()[0] if refused is None and line.server is not None else None
        finally:
            line.close()
        mend = f"look at RANHAM_{name.upper()}_... (docs/delivery.md)"
        if code == FINE:
            made.append(ok("e-mail", f"{where} answers"))
        else:
            made.append(failed("e-mail", f"{where}: {refused.reply if refused else f'NOOP gives {code}'}", mend))
    return made or [ok("e-mail", "no server is configured: messages become files or go through gateways")]


def gateways() -> list[Verdict]:
    """That the file can be read and its addresses understood; a gateway has no way to be asked without a message."""
    if settings().gateways_file is None:
        return [ok("gateways", "none are configured")]
    routes = configured()
    names = sorted(name for name in routes.by_channel if name not in ("file", "webhook"))
    return [ok("gateways", f"channels: {', '.join(names)}")]


def webhooks() -> list[Verdict]:
    """That the settings can be understood, and each has a secret to sign with; none is called."""
    folder = webhook_settings().secrets_dir
    with read_session() as session:
        names = [row.name for row in queries.webhooks(session)]
    made = []
    for name in names:
        try:
            read_secrets(folder, name)
        except Unreadable as error:
            made.append(failed("webhooks", f"{name}: {error}", f"ranham release webhook secret {name}"))
    return made or [ok("webhooks", f"{len(names)} of them, each with a secret")]
