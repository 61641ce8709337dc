"""Mail by the administrator's SMTP server."""

import contextlib
import smtplib
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import msgspec

from bottega.notify.message import Message
from bottega.notify.outcome import NotSent, unreachable
from bottega.notify.outgoing import excerpt

TIMEOUT_SECONDS = 10.0
DEFAULT_PORTS = {"starttls": 587, "tls": 465, "none": 25}
LANE = "mail"
"""All mail goes to one server; while it is down there is no use in trying one message after the other."""

ACCEPTED = 250
NO_MAILBOX = 550

_GREYLISTED = range(400, 500)


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where mail is handed in, and as whom. ``security`` is ``starttls``, ``tls`` or ``none``; port 0 means its own."""

    host: str
    port: int
    security: str
    username: str
    password: str
    from_address: str

    def __repr__(self) -> str:
        return f"MailServer({self.host})"


class Mailer:
    """Sends from any thread, one connection per message."""

    def __init__(self, server: MailServer, tls: ssl.SSLContext) -> None:
        self._server = server
        self._tls = tls

    def send(self, message: Message, address: str, delivery_id: str) -> int:
        """Hand one mail in and return the server's code. Raises :class:`NotSent`."""
        if "@" not in address or not address.isprintable():
            raise NotSent(f"{address!r} is no mail address")
        mail = self._mail(message, address, delivery_id)
        try:
            connection = self._open()
        except (OSError, smtplib.SMTPException) as error:
            raise self._no_service(error) from None
        try:
            connection.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()), (NO_MAILBOX, b"not an address"))
            raise _refused(code, said) from None
        except smtplib.SMTPDataError as error:
            raise _refused(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError:
            raise NotSent("the mail server cannot send to such an address") from None
        except (OSError, smtplib.SMTPException) as error:
            raise self._no_service(error) from None
        finally:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()
        return ACCEPTED

    def _open(self) -> smtplib.SMTP:
        server = self._server
        port = server.port or DEFAULT_PORTS[server.security]
        if server.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, port, timeout=TIMEOUT_SECONDS, context=self._tls
            )
        else:
            connection = smtplib.SMTP(server.host, port, timeout=TIMEOUT_SECONDS)
        try:
            if server.security == "starttls":
                connection.starttls(context=self._tls)
            if server.username:
                connection.login(server.username, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _mail(self, message: Message, address: str, delivery_id: str) -> EmailMessage:
        mail = EmailMessage()
        domain = parseaddr(self._server.from_address)[1].rpartition("@")[2]
        try:
            mail["From"] = self._server.from_address
            mail["To"] = address
            mail["Subject"] = f"[Bottega] {message.title}"
            mail["Date"] = format_datetime(datetime.now(UTC))
            mail["Message-ID"] = f"<{delivery_id}@{domain}>"
            mail["Auto-Submitted"] = "auto-generated"
            mail["X-Bottega-Event"] = message.event
            mail.set_content(message.text() + "\n")
        except ValueError:
            raise NotSent(f"{address!r} cannot be written into a mail") from None
        return mail

    def _no_service(self, error: Exception) -> NotSent:
        """The server as a whole does not serve us: whoever runs it has to look."""
        host = self._server.host
        if isinstance(error, smtplib.SMTPResponseException):
            said = _text(error.smtp_error)
            return unreachable(
                f"mail server {host} answered {error.smtp_code} {said}", status=error.smtp_code
            )
        if isinstance(error, ssl.SSLCertVerificationError):
            return unreachable(f"the certificate of {host} is not trusted: {error.verify_message}")
        if isinstance(error, smtplib.SMTPException):
            return unreachable(f"mail server {host}: {excerpt(str(error).encode())}")
        detail = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        return unreachable(f"mail server {host}: {detail}")


def _refused(code: int, said: bytes | str) -> NotSent:
    return NotSent(f"the mail server answered {code} {_text(said)}", retry=code in _GREYLISTED, status=code)


def _text(said: bytes | str) -> str:
    return excerpt(said if isinstance(said, bytes) else said.encode())
