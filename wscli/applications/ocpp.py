"""OCPP-J between charging stations and their management: `[2,id,action,{…}]` calls, 3 results, 4 errors."""

from __future__ import annotations

from wscli.applications.application import Application, Opening, array_of, named, word, words


def label(payload: bytes) -> str:
    """Return what a message is."""
    match array_of(payload):
        case [2, str(number), str(action), *_]:
            return words("ocpp call", word(action), named("id", number))
        case [3, str(number), *_]:
            return words("ocpp result", named("id", number))
        case [4, str(number), code, *_]:
            return words("ocpp error", word(code), named("id", number))
        case _:
            return ""


def _is_call(payload: bytes) -> bool:
    match array_of(payload):
        case [2, str(), "BootNotification" | "Heartbeat", dict()]:
            return True
        case _:
            return False


OCPP = Application(
    "ocpp",
    "OCPP, of charging stations",
    "OCPP-J",
    label,
    subprotocols=("ocpp1.6", "ocpp2.0.1", "ocpp2.1", "ocpp2.0", "ocpp1.5", "ocpp1.2"),
    is_from_client=_is_call,
    needs_subprotocol=True,
    opening=Opening(
        "BootNotification",
        b'[2,"1","BootNotification",{"chargePointVendor":"wscli","chargePointModel":"wscli"}]',
        lambda payload: label(payload).startswith("ocpp call"),
    ),
)
