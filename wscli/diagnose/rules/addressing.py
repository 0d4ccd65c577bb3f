"""Rules about names and addresses: what stood between us and a byte stream."""

from __future__ import annotations

from wscli.diagnose.case import Case
from wscli.diagnose.command import connect
from wscli.diagnose.rule import Area, Judgement, Rule, certain, likely, possible, seen
from wscli.events import AttemptFailed, ConnectFailed, Evidence, NameFailed, NameResolved, TimeLimitPassed

_UNREACHABLE = ("ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "EHOSTDOWN")
_LOCAL = ("EADDRNOTAVAIL", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EAFNOSUPPORT")


def _attempts(case: Case) -> tuple[Evidence, ...]:
    """Return how it went with each address."""
    return tuple(seen(AttemptFailed, f"{one.address}  {one.reason} ({one.error})") for one in case.attempts)


def _failed_with(case: Case, *errors: str) -> bool:
    return case.connect_failed is not None and any(one.error in errors for one in case.attempts)


def _unix_path(case: Case) -> str | None:
    """Return the path of the socket in the file system that could not be connected to."""
    address = case.attempts[0].address if case.attempts else ""
    is_network = address.startswith("[") or ("/" not in address and address.rpartition(":")[2].isdigit())
    return None if case.connect_failed is None or not address or is_network else address


# --- Names -----------------------------------------------------------------------------------------------------------
def resolver_failed(case: Case) -> Judgement | None:
    """Judge a name server that did not answer: nothing is known of the name."""
    failed = case.name_failed
    if failed is None or not any(
        word in failed.reason.lower() for word in ("temporary", "non-recoverable", "system error")
    ):
        return None
    causes = (
        "no name server answers: this machine is offline, or /etc/resolv.conf names the wrong one",
        "the name server of that domain failed",
    )
    return possible(
        causes,
        f"ask for a name that is sure to exist: {_getent('example.com')}; an address there blames the domain",
        seen(NameFailed, failed.reason),
    )


def name_of_other_family(case: Case) -> Judgement | None:
    """Judge a name that exists without an address of the kind asked for."""
    failed = case.name_failed
    words = ("no address associated", "address family for hostname")
    if failed is None or not any(word in failed.reason.lower() for word in words):
        return None
    cause = f"{failed.host} exists without an address of the kind wanted, as with -6 where it has IPv4 alone"
    return likely(
        cause, f"leave -4 and -6 away; {_getent(failed.host)} shows what it has", seen(NameFailed, failed.reason)
    )


def name_not_resolved(case: Case) -> Judgement | None:
    """Judge a name without an address."""
    failed = case.name_failed
    if failed is None:
        return None
    host, evidence = failed.host, seen(NameFailed, failed.reason)
    if "." not in host.rstrip("."):
        cause = (
            f"{host} has no dot: such names exist in /etc/hosts, in search domains, or inside a network of containers, "
            "where a service's name is known to its neighbours alone"
        )
        return likely(cause, f"give the whole name or the address; {_getent(host)} asks the same resolver", evidence)
    if host.rstrip(".").endswith(".local"):
        cause = f"{host} is a name of mDNS, which is answered on the same network segment alone"
        return likely(cause, f"ask whether it is there: {_avahi(host)}", evidence)
    return certain(
        f"no name server that this machine asks knows {host}",
        f"check the spelling; {_getent(host)} asks the same resolver",
        evidence,
    )


def _getent(host: str) -> str:
    from shlex import join

    return join(("getent", "ahosts", host))


def _avahi(host: str) -> str:
    from shlex import join

    return join(("avahi-resolve", "-n", host))


# --- Sockets in the file system --------------------------------------------------------------------------------------
def socket_missing(case: Case) -> Judgement | None:
    """Judge the path of a socket where nothing is."""
    path = _unix_path(case)
    if path is None or not _failed_with(case, "ENOENT", "ENOTDIR"):
        return None
    cause = "there is no file at this path: the server does not run, or listens elsewhere"
    return certain(cause, "list the sockets that are listened on: ss -xl", *_attempts(case))


def socket_denied(case: Case) -> Judgement | None:
    """Judge a socket that this user may not open."""
    path = _unix_path(case)
    if path is None or not _failed_with(case, "EACCES", "EPERM"):
        return None
    from shlex import join

    cause = "this user may not write to the socket, or not enter a folder on the way to it"
    return certain(cause, f"see whose it is: {join(('namei', '-l', path))}", *_attempts(case))


def socket_refused(case: Case) -> Judgement | None:
    """Judge a file at the path behind which nobody listens."""
    path = _unix_path(case)
    if path is None or not _failed_with(case, "ECONNREFUSED", "ENOTSOCK", "EPROTOTYPE"):
        return None
    cause = "the file is there and nobody listens behind it: a server that ended left it, or it is no stream socket"
    return certain(
        cause, "list the sockets that are listened on: ss -xl; then start the server again", *_attempts(case)
    )


# --- Connections -----------------------------------------------------------------------------------------------------
def connection_refused(case: Case) -> Judgement | None:
    """Judge addresses at which nobody listens."""
    if not _failed_with(case, "ECONNREFUSED"):
        return None
    evidence = _attempts(case)
    if all(one.address.startswith(("127.", "[::1]")) for one in case.attempts):
        cause = "nothing listens at this port on this machine (in a container, localhost is the container itself)"
        return likely(cause, "see what listens: ss -tlnp; then compare with the port of the URL", *evidence)
    return likely(
        "nothing listens at this address and port, or a firewall answers in the server's place",
        "see on the server what listens, and at which address: ss -tlnp (127.0.0.1 there is for that machine alone)",
        *evidence,
    )


def not_permitted(case: Case) -> Judgement | None:
    """Judge a connection that this machine does not let out."""
    if not _failed_with(case, "EACCES", "EPERM"):
        return None
    cause = "a rule of this machine forbids the connection: a firewall for what goes out, a sandbox or SELinux"
    return likely(cause, "list the rules: nft list ruleset, or iptables -S OUTPUT", *_attempts(case))


def unreachable(case: Case) -> Judgement | None:
    """Judge addresses to which there is no way."""
    if not _failed_with(case, *_UNREACHABLE):
        return None
    if all(one.address.startswith("[") for one in case.attempts):
        cause = "this machine has no way to IPv6 addresses, and no other was tried"
        return likely(cause, connect(case, "-4"), *_attempts(case))
    cause = "there is no route to this address: another network, a VPN that is down, or a gateway that says no"
    return likely(cause, f"see the way it would take: ip route get {_host_of(case)}", *_attempts(case))


def _host_of(case: Case) -> str:
    from shlex import quote

    return quote(case.attempts[-1].address.rpartition(":")[0].strip("[]"))


def local_failure(case: Case) -> Judgement | None:
    """Judge a connection that this machine could not even begin."""
    if not _failed_with(case, *_LOCAL):
        return None
    cause = "this machine could not begin the connection: no local port, descriptor or address of that kind is left"
    return certain(cause, "see how many there are: ss -s; ulimit -n", *_attempts(case))


def look_up_timed_out(case: Case) -> Judgement | None:
    """Judge a time limit that passed before the name was known."""
    if not _ran_out_before_connected(case) or case.name_resolved is not None or case.attempts or case.has_attempted:
        return None
    cause = "no name server answered in time: this machine is offline, or /etc/resolv.conf names one that is not there"
    return likely(cause, "ask it with patience: getent ahosts NAME; then see /etc/resolv.conf", _limit(case))


def connect_timed_out(case: Case) -> Judgement | None:
    """Judge a time limit that passed, or an address that gave up, before TCP was connected."""
    if not _ran_out_before_connected(case) and not _failed_with(case, "ETIMEDOUT"):
        return None
    resolved = case.name_resolved
    tried = () if resolved is None else (seen(NameResolved, f"{resolved.host} is {', '.join(resolved.addresses)}"),)
    causes = (
        "a firewall drops what is sent to this port, as those of clouds do with ports that are not opened",
        "no machine has this address now",
    )
    advice = "open the port in the security group or firewall of the server; `ss -tln` there shows whether it listens"
    limit = () if case.time_limit is None else (_limit(case),)
    return possible(causes, advice, *limit, *tried, *_attempts(case))


def _ran_out_before_connected(case: Case) -> bool:
    return (
        case.time_limit is not None
        and case.opened is None
        and case.connected is None
        and case.connect_failed is None
        and case.name_failed is None
    )


def _limit(case: Case) -> Evidence:
    limit = case.time_limit
    phase = (
        "TCP: no SYN-ACK came" if case.has_attempted or case.name_resolved is not None else "the look-up of the name"
    )
    seconds = f"{limit.seconds:g} s" if limit is not None else "the limit"
    return seen(TimeLimitPassed, f"{seconds} passed in {phase}")


def not_reached(case: Case) -> Judgement | None:
    """Judge addresses that could not be connected to for any other reason."""
    if case.connect_failed is None:
        return None
    evidence = _attempts(case) or (seen(ConnectFailed, case.connect_failed.reason),)
    return likely("there is no way to the server", "try from another network, or -4 or -6", *evidence)


_TCP = "a TCP connection needs a SYN, a SYN-ACK and an ACK"
_UNIX = "a server binds its socket to a path, where clients that may write to it connect"

AREA = Area(
    "addressing",
    "Names and addresses",
    (
        Rule(
            "addressing/resolver-failed",
            "no name server answered",
            "RFC 1035 7",
            "a resolver asks name servers until one of them answers",
            resolver_failed,
        ),
        Rule(
            "addressing/name-of-other-family",
            "the host name has no address of the kind asked for",
            "RFC 3596 2",
            "a name has A records for IPv4 addresses and AAAA records for IPv6 addresses",
            name_of_other_family,
        ),
        Rule(
            "addressing/name-not-resolved",
            "the host name has no address",
            "RFC 6455 3",
            "the host of the URL is a name that can be looked up, or an address",
            name_not_resolved,
        ),
        Rule("addressing/socket-missing", "there is no socket at this path", "", _UNIX, socket_missing),
        Rule("addressing/socket-denied", "the socket may not be opened", "", _UNIX, socket_denied),
        Rule("addressing/socket-refused", "nobody listens behind the socket", "", _UNIX, socket_refused),
        Rule(
            "addressing/connection-refused",
            "the connection was refused",
            "RFC 9293 3.5.2",
            "a SYN to a port where nobody listens is answered with RST",
            connection_refused,
        ),
        Rule(
            "addressing/not-permitted",
            "this machine does not allow the connection",
            "RFC 9293 3.5",
            _TCP,
            not_permitted,
        ),
        Rule("addressing/unreachable", "there is no way to the address", "RFC 9293 3.5", _TCP, unreachable),
        Rule("addressing/local-failure", "the connection could not be begun", "RFC 9293 3.5", _TCP, local_failure),
        Rule(
            "addressing/look-up-timed-out",
            "the look-up of the name took too long",
            "RFC 1035 7",
            "a resolver asks name servers until one of them answers",
            look_up_timed_out,
        ),
        Rule("addressing/connect-timed-out", "the address did not answer", "RFC 9293 3.5", _TCP, connect_timed_out),
        Rule("addressing/not-reached", "no address could be connected to", "RFC 9293 3.5", _TCP, not_reached),
    ),
)
