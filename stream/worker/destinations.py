"""Where alerts go: the receivers and the routing, from the file of routes or from the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from stream.adapters.files.routes import RoutesFile, Secrets
from stream.adapters.files.watched import reading
from stream.adapters.http.guarded import is_private_host
from stream.adapters.http.webhook import Target, WebhookReceiver
from stream.adapters.kafka.alert_topic import AlertTopic
from stream.errors import SettingsError
from stream.pipeline.notify import Receiver, Routing
from stream.pipeline.notify.config import TOPIC_NAME, ReceiverSpec
from stream.pipeline.topics import Topics
from stream.settings import Settings

WEBHOOK_NAME = "webhook"  # the one receiver where there is no file of routes
Groups = Callable[[], Mapping[str, str]]


class Destinations:
    """The receivers and the routing in use: those of the routes file, or one webhook that gets everything.

    Args:
        groups: entry -> group of the watchlist in use, asked whenever the routing is.

    Raises:
        SettingsError: the file, a URL or a secret is wrong.
    """

    def __init__(self, settings: Settings, groups: Groups = dict) -> None:
        self._settings, self._groups = settings, groups
        topic = AlertTopic(settings.kafka_access, Topics(settings.name).alerts)
        self._in_use: dict[str, tuple[object, Receiver]] = {TOPIC_NAME: (None, topic)}
        self._prepared: dict[str, tuple[object, Receiver]] = {}
        self._routing = Routing()
        # Receivers are made while the file is read: a URL or a key may turn out to be wrong, and then nothing changes.
        self._file = RoutesFile(settings.routes, self._prepare) if settings.routes else None
        self._use()

    @property
    def receivers(self) -> Mapping[str, Receiver]:
        """The receivers, by name."""
        return {name: receiver for name, (_, receiver) in self._in_use.items()}

    def routing(self) -> Routing:
        """Return where alerts go at the moment."""
        return msgspec.structs.replace(self._routing, groups=self._groups(), grafana=self._settings.grafana_url)

    def refresh(self) -> bool:
        """Read the file again if it changed, and say whether there are new routes.

        Raises:
            SettingsError: it changed and is wrong; routing and receivers stay as they were.
        """
        if self._file is None or not self._file.refresh():
            return False
        self._use()
        return True

    def _use(self) -> None:
        if self._file is None:
            self._use_settings()
            return
        routes = self._file.current
        listed = {spec.name: self._prepared[spec.name] for spec, _ in routes.receivers}
        self._in_use, self._prepared = {TOPIC_NAME: self._in_use[TOPIC_NAME], **listed}, {}
        self._routing = routes.routing

    def _use_settings(self) -> None:
        settings, names = self._settings, [TOPIC_NAME]
        if settings.webhook_url and settings.webhook_secret:
            target = Target(
                settings.webhook_url,
                secrets=(settings.webhook_secret.get_secret_value(),),
                allow_http=settings.webhook_allow_http,
                allow_private=settings.webhook_allow_private,
            )
            with reading("setting 'webhook_url' (BELLWETHER_WEBHOOK_URL)"):
                self._in_use[WEBHOOK_NAME] = target, WebhookReceiver(WEBHOOK_NAME, target)
            names.append(WEBHOOK_NAME)
        self._routing = Routing(tuple(names), known=frozenset(names))

    def _prepare(self, spec: ReceiverSpec, secrets: Secrets) -> None:
        target = target_of(spec, secrets)
        current = self._in_use.get(spec.name)
        # One that has not changed keeps its connections and its queue's sender.
        if current is not None and current[0] == target:
            self._prepared[spec.name] = current
        else:
            self._prepared[spec.name] = target, WebhookReceiver(spec.name, target)


def target_of(spec: ReceiverSpec, secrets: Secrets) -> Target:
    """Return where and how to post to a receiver of the file."""
    return Target(
        secrets.url,
        spec.type,
        secrets.signing,
        secrets.authorization,
        allow_private=spec.allow_private,
        allow_http=spec.allow_http,
        trust=secrets.trust,
        keyword=spec.keyword or "",
    )


def make_receiver(spec: ReceiverSpec, secrets: Secrets) -> WebhookReceiver:
    """Make a receiver, to see whether that can be done.

    Raises:
        SettingsError: a URL, a secret or a certificate is wrong, or nothing could be sent to the address.
    """
    receiver = WebhookReceiver(spec.name, target_of(spec, secrets))
    if not spec.allow_private and is_private_host(receiver.host):
        raise SettingsError(
            f"receiver '{spec.name}': its address ({receiver.host}) is not public; set allow_private to allow that"
        )
    return receiver
