"""Sending notices by SMTP: one connection for all, encrypted, the server's name checked, unless told otherwise."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from graph.errors import SettingsError
from graph.i18n import t
from graph.settings import settings

TIMEOUT = 20.0  # seconds for each answer of the server
Send = Callable[[str, str], None]


def message(to: str, lang: str) -> EmailMessage:
    """That there is something, and where to read it. Nothing of a case, no name, no number, no count."""
    mail = EmailMessage()
    mail["Subject"] = t("notice.subject", lang)
    mail["From"], mail["To"] = settings().mail_from, to
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=settings().mail_from.rpartition("@")[2] or "localhost")
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    mail.set_content(t("notice.body", lang, url=settings().url or t("notice.here", lang)))
    return mail


@contextmanager
def connection() -> Iterator[Send]:
    """Function (address, language) that sends a notice over one connection.

    Raises :class:`smtplib.SMTPException` and :class:`OSError` as they come: the caller tells the failure and tries
    again. :class:`SettingsError` where a password would go unencrypted.
    """
    chosen = settings()
    if chosen.smtp_user and chosen.smtp_security == "none":
        raise SettingsError("error.setting", name="VINCULO_SMTP_SECURITY", value="none", hint="starttls | tls")
    context = ssl.create_default_context(cafile=chosen.smtp_ca or None)
    with _server(context) as server:
        if chosen.smtp_security == "starttls":
            server.starttls(context=context)
        if chosen.smtp_user:
            server.login(chosen.smtp_user, chosen.smtp_password())

        def send(to: str, lang: str) -> None:
            server.send_message(message(to, lang))

        yield send


def _server(context: ssl.SSLContext) -> smtplib.SMTP:
    chosen = settings()
    if chosen.smtp_security == "tls":
        return smtplib.SMTP_SSL(chosen.smtp_host, chosen.smtp_port, timeout=TIMEOUT, context=context)
    return smtplib.SMTP(chosen.smtp_host, chosen.smtp_port, timeout=TIMEOUT)
