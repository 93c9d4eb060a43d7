"""From settings and the file of routes to receivers and the routing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from stream.adapters.alert_topic import AlertTopic
from stream.adapters.routes_file import Routes, RoutesFile, Secrets
from stream.adapters.webhook import Target, WebhookReceiver
from stream.pipeline.notify import Receiver, Routing
from stream.pipeline.notify.config import TOPIC_NAME, ReceiverSpec
from stream.pipeline.topics import Topics
from stream.settings import Settings

WEBHOOK_NAME = "webhook"
Groups = Callable[[], Mapping[str, str]]


class Receiving:
    """The receivers and the routing in use: those of the routes file, or one webhook that gets everything.

    Args:
        groups: entry -> group of the watchlist in use, asked whenever the routing is.

    Raises:
        SettingsError: the file, a URL or a secret is wrong.
    """

    def __init__(self, settings: Settings, groups: Groups = dict) -> None:
        self._settings, self._groups = settings, groups
        self._file = RoutesFile(settings.routes) if settings.routes else None
        topic = AlertTopic(settings.kafka, Topics(settings.name).alerts)
        self._made: dict[str, tuple[object, Receiver]] = {TOPIC_NAME: (None, topic)}
        self._routing = Routing()
        self._use()

    @property
    def receivers(self) -> Mapping[str, Receiver]:
        """The receivers, by name."""
        return {name: receiver for name, (_, receiver) in self._made.items()}

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
        routes, folder = self._file.current, (self._settings.routes or Path()).parent
        # All are made before any is used, since a URL or a key may turn out to be wrong.
        made = {spec.name: self._receiver(spec, secrets, folder) for spec, secrets in routes.receivers}
        self._made = {TOPIC_NAME: self._made[TOPIC_NAME], **made}
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
            self._made[WEBHOOK_NAME] = target, WebhookReceiver(WEBHOOK_NAME, target)
            names.append(WEBHOOK_NAME)
        self._routing = Routing(tuple(names))

    def _receiver(self, spec: ReceiverSpec, secrets: Secrets, folder: Path) -> tuple[object, Receiver]:
        made = target(spec, secrets, folder)
        known = self._made.get(spec.name)
        # One that has not changed keeps its connections and its queue's sender.
        return known if known is not None and known[0] == made else (made, WebhookReceiver(spec.name, made))


def target(spec: ReceiverSpec, secrets: Secrets, folder: Path) -> Target:
    """Return where and how to post; files are named from ``folder`` on."""
    return Target(
        secrets.url,
        spec.type,
        secrets.signing,
        secrets.authorization,
        allow_private=spec.allow_private,
        allow_http=spec.allow_http,
        ca_file=folder / spec.ca_file if spec.ca_file else None,
    )


def check(routes: Routes, folder: Path) -> None:
    """Make every receiver once, to see whether it can be made.

    Raises:
        SettingsError: a URL, a secret or a file of certificates is wrong.
    """
    for spec, secrets in routes.receivers:
        WebhookReceiver(spec.name, target(spec, secrets, folder))
