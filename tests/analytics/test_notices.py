"""Notices against a real mail server: what they say (nothing), when, to whom, and what becomes of a failure."""

from __future__ import annotations

import datetime as dt
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import casework
import orjson
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from analytics import jobs, notices
from analytics.crossborder import queue as desk
from analytics.crossborder.reader import flags
from analytics.crossborder.run import run
from graph import flagging, watching
from graph.access import Actor
from graph.delivery import Release
from graph.errors import AccessDenied, InputError, SettingsError
from graph.settings import settings
from graph.store import open_store
from graph.store.base import Store

ANA, BIA = casework.ANA, casework.BIA
EVA = Actor("ar:eva", "AR-MPF", frozenset({"coordinator"}))
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PHONE = "+5491100000001"


class Postbox:
    """Keeps what a real server takes; refuses the addresses it is told to."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Message]] = []
        self.refused: set[str] = set()

    async def handle_RCPT(  # noqa: N802 (the server's name for it)
        self, server: object, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: object, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken += [(to, message_from_bytes(content)) for to in envelope.rcpt_tos]
        return "250 taken"


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's certificate for localhost, and the file by which it is known."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    today = dt.datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret.write_bytes(key.private_bytes(*form))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, secret)
    return context, cert


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def served(
    certificate: tuple[ssl.SSLContext, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Postbox]:
    """A mail server with STARTTLS and a password, and the settings that lead there."""
    context, cert = certificate
    (tmp_path / "password").write_text("abrete\n")

    def known(server: object, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        right = (getattr(data, "login", b""), getattr(data, "password", b"")) == (b"vinculo", b"abrete")
        return AuthResult(success=right, handled=False)

    box, port = Postbox(), free_port()
    server = Controller(
        box, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True, authenticator=known,
        auth_required=True,
    )  # fmt: skip
    chosen = {"HOST": "localhost", "PORT": str(port), "USER": "vinculo", "CA": str(cert),
              "PASSWORD_FILE": str(tmp_path / "password")}  # fmt: skip
    for key, value in chosen.items():
        monkeypatch.setenv(f"VINCULO_SMTP_{key}", value)
    monkeypatch.setenv("VINCULO_MAIL_FROM", "avisos@example.org")
    monkeypatch.setenv("VINCULO_URL", "https://vinculo.example.org/")
    settings.cache_clear()
    server.start()
    yield box
    server.stop()
    settings.cache_clear()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A flag of Argentina's and Brazil's; Ana and Eva have given their addresses, Bia has not."""
    store = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    store.clock = lambda: NOW
    store.save_federation([], [EVA], [])
    for actor, dataset in ((ANA, "ar1"), (BIA, "br1")):
        put(store, actor, dataset)
    run(store)
    notices.set_address(store, ANA, "ana@example.org", "pt")
    notices.set_address(store, EVA, "eva@example.org", "es")
    yield store
    store.close()


def put(store: Store, actor: Actor, dataset: str, rev: int = 1, phone: str = PHONE) -> None:
    who = casework.record(store, actor.agency, dataset, "1", name=f"Secreto {dataset}", phone=phone)
    casework.deliver(store, actor, dataset, [who], (Release("*", "full"),), revision=rev)


def told(box: Postbox) -> list[str]:
    found = sorted(to.partition("@")[0] for to, _ in box.taken)
    box.taken.clear()
    return found


def test_it_says_that_there_is_something_and_nothing_else(store: Store, served: Postbox) -> None:
    assert notices.send(store) == {"sent": 2}
    (flag,) = flags(store.view(ANA))
    by = {to: mail for to, mail in served.taken}
    for to, words in (("ana@example.org", "Há novidades"), ("eva@example.org", "Hay novedades")):
        text = by[to].get_payload(decode=True)
        assert isinstance(text, bytes) and words in text.decode() and "https://vinculo.example.org." in text.decode()
        assert by[to]["From"] == "avisos@example.org" and by[to]["To"] == to
        whole = by[to].as_string() + text.decode()
        for secret in ("Secreto", PHONE[1:], "ar1", "br1", "MPF", flag.id, "ar:ana"):
            assert secret not in whole, secret
    assert notices.send(store) == {} and len(served.taken) == 2


def test_at_most_one_a_day_unless_it_is_urgent(store: Store, served: Postbox) -> None:
    notices.send(store)
    assert told(served) == ["ana", "eva"]
    (flag,) = flags(store.view(ANA))
    put(store, ANA, "ar2")
    run(store)  # another flag
    notices.send(store)
    assert told(served) == []  # tomorrow
    for actor in (ANA, EVA):
        desk.opened(store, actor, flag.id)
    flagging.assign(store, EVA, flag.id, EVA.id)
    flagging.due(store, EVA, flag.id, "2026-11-25")
    notices.send(store)
    assert told(served) == ["eva"]  # her date has come
    notices.send(store)
    assert told(served) == []  # once
    watching.watch(store, ANA, "phone", "+5491100000002", urgent=True)
    watching.watch(store, EVA, "phone", "+5491100000002")
    put(store, BIA, "br2", phone="+5491100000002")
    notices.send(store)
    assert told(served) == ["ana"]
    store.clock = lambda: NOW + timedelta(days=1)
    notices.send(store)
    assert told(served) == ["eva"]  # what Ana was told at once, with all the rest, is not told again
    store.clock = lambda: NOW + timedelta(days=2)
    notices.send(store)
    assert told(served) == []  # nothing new


def test_news_and_withdrawals_are_told_to_those_who_read_the_flag(store: Store, served: Postbox) -> None:
    notices.send(store)
    told(served)
    (flag,) = flags(store.view(ANA))
    desk.opened(store, ANA, flag.id)
    put(store, BIA, "br1", 2, "+5491100000009")
    run(store)
    store.clock = lambda: NOW + timedelta(days=1)
    notices.send(store)
    assert told(served) == ["ana"]


def test_whoever_is_locked_or_ends_it_is_told_nothing(store: Store, served: Postbox) -> None:
    store.keep("lock", {f"actor:{ANA.id}": {}})
    notices.set_address(store, EVA, "")
    assert notices.send(store) == {} and told(served) == []
    for address in ("eva", "a@b\nBcc: x@y", "x@y z", "@y", "a,b@c"):
        with pytest.raises(InputError):
            notices.set_address(store, EVA, address)
    with pytest.raises(AccessDenied):
        notices.set_address(store, casework.OPERATOR, "op@example.org")
    assert "example.org" not in str([line for line in store.audit.changes.lines()])


def test_a_failure_is_told_in_the_log_and_tried_again(
    store: Store, served: Postbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    port = settings().smtp_port
    monkeypatch.setenv("VINCULO_SMTP_PORT", str(free_port()))
    settings.cache_clear()
    with caplog.at_level(logging.INFO):
        jobs.notify(store)
    (line,) = store.job_history("notices", 5)
    assert line["outcome"] == "failed" and orjson.loads(line["counts"])["failed"] == 2
    assert "ConnectionRefusedError" in caplog.text and "example.org" not in caplog.text and "ana" not in caplog.text
    monkeypatch.setenv("VINCULO_SMTP_PORT", str(port))
    settings.cache_clear()
    served.refused = {"ana@example.org"}
    assert jobs.notify(store) == {"sent": 1, "failed": 1, "error:SMTPRecipientsRefused": 1}
    assert told(served) == ["eva"]  # one bad address keeps nobody else from being told
    served.refused = set()
    jobs.notify(store)
    assert told(served) == ["ana"]
    assert [row["outcome"] for row in store.job_history("notices", 5)] == ["ok", "failed", "failed"]


def wrong_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("otra")


def unknown_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("VINCULO_SMTP_CA")


@pytest.mark.parametrize(
    ("change", "error"),
    [(wrong_password, "SMTPAuthenticationError"), (unknown_server, "SSLCertVerificationError")],
)
def test_nothing_is_sent_to_a_server_that_is_not_the_right_one(
    store: Store, served: Postbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    change: Callable[[pytest.MonkeyPatch, Path], None], error: str,
) -> None:  # fmt: skip
    change(monkeypatch, tmp_path)
    settings.cache_clear()
    assert notices.send(store) == {"failed": 2, f"error:{error}": 1} and told(served) == []


def test_no_password_goes_unencrypted(store: Store, served: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VINCULO_SMTP_SECURITY", "none")
    settings.cache_clear()
    with pytest.raises(SettingsError):
        notices.send(store)
    monkeypatch.setenv("VINCULO_SMTP_SECURITY", "maybe")
    settings.cache_clear()
    with pytest.raises(SettingsError):
        notices.send(store)


def test_without_a_mail_server_nobody_is_told(store: Store) -> None:
    settings.cache_clear()
    assert notices.send(store) == {} and jobs.notify(store) == {}


def test_two_runners_tell_once(store: Store, served: Postbox) -> None:
    until = (NOW + timedelta(minutes=5)).isoformat()
    assert store.take_lock("notices", "elsewhere/boot|7|1", until, NOW.isoformat())
    assert jobs.notify(store) == {} and told(served) == []
    store.drop_lock("notices", "elsewhere/boot|7|1")
    jobs.tick(store)  # the schedule's turn sends them
    assert told(served) == ["ana", "eva"]
