"""Everything of this domain that runs, put together: one object with a start and a stop."""

import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

from bottega.notify.deliveries import Deliveries
from bottega.notify.dispatcher import Dispatcher
from bottega.notify.housekeeping import Housekeeping
from bottega.notify.inbox import Inbox
from bottega.notify.mail import Mailer, MailServer
from bottega.notify.outgoing import Outgoing, tls_context
from bottega.notify.reach import Reach
from bottega.notify.sender import Sender
from bottega.settings import MailSettings, Settings, SettingsError
from bottega.store.database import Database
from bottega.store.secrets import SecretBox


class NotifyService:
    """Sends what other domains enqueue. ``sources`` are asked every second for what happened meanwhile."""

    def __init__(
        self,
        database: Database,
        secrets: SecretBox,
        sender: Sender,
        sources: Sequence[Callable[[], int]],
        *,
        replica_id: str,
        keep_days: int,
    ) -> None:
        self.inbox = Inbox(database)
        self.sender = sender
        deliveries = Deliveries(database, replica_id)
        self.dispatcher = Dispatcher(deliveries, sender, secrets, sources)
        self.housekeeping = Housekeeping(database, deliveries, keep_days)

    def start(self) -> None:
        """Begin to send, first of all what was under way when this replica ended."""
        self.dispatcher.start()

    def stop(self) -> None:
        """Stop sending; blocks for a few seconds at most."""
        self.dispatcher.stop()


def sender_of(settings: Settings, tls: ssl.SSLContext) -> Sender:
    """What the settings allow to be sent; ``tls`` is :func:`tls_of` them.

    Raises :class:`SettingsError` for a file that cannot be read.
    """
    notify = settings.notify
    reach = Reach(allow_private=notify.allow_private, allowed_hosts=tuple(notify.allowed_hosts))
    mailer = Mailer(_mail_server(settings.mail), tls) if settings.mail.host else None
    return Sender(Outgoing(reach, tls), mailer)


def tls_of(settings: Settings) -> ssl.SSLContext:
    """Whose certificates are trusted. Raises :class:`SettingsError` for a file that cannot be read."""
    try:
        return tls_context(settings.notify.ca_file)
    except OSError as error:
        raise SettingsError(f"settings: notify.ca_file: {error.strerror or 'holds no certificate'}") from None


def _mail_server(mail: MailSettings) -> MailServer:
    password = ""
    if mail.password_file:
        try:
            password = Path(mail.password_file).read_text("utf-8").rstrip("\r\n")
        except (OSError, ValueError):
            raise SettingsError("settings: mail.password_file: cannot be read") from None
    return MailServer(
        host=mail.host,
        port=mail.port,
        security=mail.security,
        username=mail.username,
        password=password,
        from_address=mail.from_address,
    )
