"""From the options that lead a connection elsewhere to settings, as `--resolve`, `--connect-to`, `--interface`.

They are curl's, and mean what they mean there: the URL still gives Host, TLS name and path.
"""

from __future__ import annotations

from wscli.cli.command import Values
from wscli.errors import UsageProblem
from wscli.settings import AddressSettings, ConnectTo, Resolution

_RESOLVE_HINT = "write HOST:PORT:ADDRESS[,ADDRESS], as example.com:443:127.0.0.1; `*` is any host"
_CONNECT_TO_HINT = "write HOST:PORT:HOST:PORT, as example.com:443:localhost:8443; an empty one is any, or stays"


def address_settings(values: Values) -> AddressSettings:
    """Return where to connect to; UsageProblem where it cannot be meant."""
    family = 4 if values["ipv4"] else 6 if values["ipv6"] else None
    local, interface = _local_end(values["interface"])
    return AddressSettings(
        _family(family, local),
        values["unix_socket"],
        tuple(map(_resolution, values["resolve"])),
        tuple(map(_connect_to, values["connect_to"])),
        local,
        interface,
    )


def _resolution(text: str) -> Resolution:
    parts = _split(text, 2)
    if len(parts) < 3 or not parts[0]:
        raise UsageProblem("resolve/form", "--resolve", text, "it has no host, port and address", hint=_RESOLVE_HINT)
    host, port, addresses = parts[0], _port("--resolve", text, parts[1], _RESOLVE_HINT), parts[2].split(",")
    from wscli.engine.resolve import is_literal

    plain = tuple(_without_brackets(address.strip()) for address in addresses)
    for address in plain:
        if not is_literal(address):
            raise UsageProblem(
                "resolve/address", "--resolve", text, f"`{address}` is no IP address", hint=_RESOLVE_HINT
            )
    return Resolution(_without_brackets(host).lower(), port, plain)


def _connect_to(text: str) -> ConnectTo:
    parts = _split(text, 3)
    if len(parts) != 4 or ":" in parts[3]:
        reason = "it has no two hosts with their ports"
        raise UsageProblem("connect-to/form", "--connect-to", text, reason, hint=_CONNECT_TO_HINT)
    from_port, to_port = (
        _port("--connect-to", text, port, _CONNECT_TO_HINT) if port else None for port in (parts[1], parts[3])
    )
    from_host, to_host = (_without_brackets(host) or None for host in (parts[0], parts[2]))
    return ConnectTo(from_host and from_host.lower(), from_port, to_host, to_port)


def _split(text: str, times: int) -> list[str]:
    """Return the text split at so many colons, those in brackets left alone."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == ":" and not depth and len(parts) <= times:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _without_brackets(host: str) -> str:
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def _port(flag: str, text: str, port: str, hint: str) -> int:
    if port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536:
        return int(port)
    raise UsageProblem(f"{flag[2:]}/port", flag, text, f"`{port}` is no port from 1 to 65535", hint=hint)


# --- Our own end -----------------------------------------------------------------------------------------------------
def _local_end(text: str | None) -> tuple[str | None, str | None]:
    """Return the address or the interface that the connection leaves from."""
    if text is None:
        return None, None
    from wscli.engine.resolve import interface_names, is_literal

    address = _without_brackets(text)
    if is_literal(address):
        return address, None
    names = interface_names()
    if text not in names:
        hint = f"there are {', '.join(names)}; an address of this machine will do as well"
        raise UsageProblem("interface/unknown", "--interface", text, "there is no such interface", hint=hint)
    return None, text


def _family(family: int | None, local: str | None) -> int | None:
    """Return the address family that is left: an address of our own connects to its like alone."""
    if local is None:
        return family
    own = 6 if ":" in local else 4
    if family not in (None, own):
        reason = f"it is no address of IPv{family}"
        raise UsageProblem("interface/family", "--interface", local, reason, hint=f"leave -{family} away")
    return own
