"""Every application protocol that is known, in the order of asking; loaded only where one may be spoken."""

from __future__ import annotations

from collections.abc import Callable

from wscli.applications.action_cable import ACTION_CABLE
from wscli.applications.application import Application
from wscli.applications.centrifugo import CENTRIFUGO
from wscli.applications.engine_io import ENGINE_IO, ENGINE_IO_3, SOCKET_IO
from wscli.applications.graphql import GRAPHQL_TRANSPORT_WS, GRAPHQL_WS
from wscli.applications.home_assistant import HOME_ASSISTANT
from wscli.applications.json_rpc import DEVTOOLS, JSON_RPC
from wscli.applications.mqtt import MQTT
from wscli.applications.ocpp import OCPP
from wscli.applications.phoenix import PHOENIX
from wscli.applications.pusher import PUSHER
from wscli.applications.signalr import CLASSIC_SIGNALR, SIGNALR
from wscli.applications.sockjs import SOCKJS
from wscli.applications.stomp import STOMP
from wscli.applications.wamp import WAMP
from wscli.applications.xmpp import XMPP

APPLICATIONS: tuple[Application, ...] = (
    ENGINE_IO_3,
    SOCKET_IO,
    ENGINE_IO,
    SIGNALR,
    CLASSIC_SIGNALR,
    STOMP,
    MQTT,
    GRAPHQL_TRANSPORT_WS,
    GRAPHQL_WS,
    WAMP,
    JSON_RPC,
    DEVTOOLS,
    PHOENIX,
    ACTION_CABLE,
    OCPP,
    XMPP,
    SOCKJS,
    HOME_ASSISTANT,
    PUSHER,
    CENTRIFUGO,
)
"""Every application protocol; a test finds one left out."""

_BY_NAME = {application.name: application for application in APPLICATIONS}


def application_named(name: str) -> Application | None:
    """Return the application protocol of this name, None for a name that is not known, as from a newer recording."""
    return _BY_NAME.get(name)


def by_subprotocol(subprotocol: str) -> Application | None:
    """Return the application protocol that a subprotocol names; matched without regard to case."""
    wanted = subprotocol.lower()
    return _first(lambda one: wanted in one.subprotocols)


def by_target(target: str) -> Application | None:
    """Return the application protocol that a request target names."""
    return _first(lambda one: one.is_target(target))


def by_server_message(payload: bytes) -> Application | None:
    """Return the application protocol that one of the first messages of a server names."""
    return _first(lambda one: one.is_from_server(payload))


def by_client_message(payload: bytes) -> Application | None:
    """Return the application protocol that one of the first messages of a client names."""
    return _first(lambda one: one.is_from_client(payload))


def _first(tells: Callable[[Application], bool]) -> Application | None:
    return next((application for application in APPLICATIONS if tells(application)), None)
