"""What was inside TLS, by tshark: a capture and its key log become a capture of the same connections in the clear.

tshark exports what it decrypts with the moments of the packets, but tells parts of what it puts together twice; and it
follows a connection byte for byte, but without moments. Both together give everything. It is run without a shell,
within a time limit, and nothing of it is shown.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Iterator
from tempfile import TemporaryDirectory, TemporaryFile
from typing import BinaryIO

from wscli.protocol.step import Role
from wscli.record.packets import UPPER_PDU, BrokenCapture, iter_packets
from wscli.record.streams import Endpoint
from wscli.record.synthesis import Link, Packets, other
from wscli.text import visible
from wscli.values import Value

TIME_LIMIT = 120.0
"""Seconds for one run of tshark."""
CONNECTIONS_LIMIT = 50
"""Connections that are decrypted: those that begin with a request to upgrade, the first of them."""
SIZE_LIMIT = 2 << 30
"""Bytes of what tshark may tell, in hexadecimal."""
_ADDRESSES = {20: 0, 22: 0, 21: 1, 23: 1}
"""Tags of exported packets → whose address: IPv4 and IPv6, source and target."""
_PORTS = {25: 0, 26: 1}


class DecryptingFailed(Exception):
    """Nothing could be decrypted; says why, and what to do."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.hint = hint


class _Exported(Value):
    """A piece of a connection that tshark decrypted."""

    at: float
    source: Endpoint
    target: Endpoint
    data: bytes


def decrypted(stream: BinaryIO, keylog: str | None) -> BinaryIO:
    """Return a capture of what was inside TLS, in a temporary file; without a key log by the secrets in the file.

    Raises DecryptingFailed.
    """
    program = shutil.which("tshark")
    if program is None:
        raise DecryptingFailed(
            "TLS in captures is read by tshark, which is not installed", "install it, as with `apt install tshark`"
        )
    if keylog is not None:
        try:
            open(keylog, "rb").close()  # noqa: PTH123  # tshark itself does not mind a missing one
        except (OSError, ValueError) as problem:
            reason = f"the key log `{keylog}` cannot be read: {getattr(problem, 'strerror', None) or problem}"
            raise DecryptingFailed(reason, "check its name") from None
    with TemporaryDirectory(prefix="wscli-") as folder:
        command = [program, "-n", "-r", _named(stream, folder)]
        if keylog is not None:
            command += ["-o", f"tls.keylog_file:{keylog}"]
        exported = _export(command, f"{folder}/inside.pcapng")
        if not exported:
            raise DecryptingFailed("its TLS is not opened by these keys", "take the key log of the same session")
        return _rebuilt(command, exported)


def _named(stream: BinaryIO, folder: str) -> str:
    """Return the name of a file with these bytes."""
    name = getattr(stream, "name", None)
    if isinstance(name, str) and name and not name.startswith("<"):
        return name
    name = f"{folder}/capture"
    stream.seek(0)
    with open(name, "wb") as copy:  # noqa: PTH123
        shutil.copyfileobj(stream, copy)
    return name


def _run(command: list[str], output: BinaryIO) -> None:
    try:
        done = subprocess.run(  # noqa: S603  # no shell; names stand behind their options
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, timeout=TIME_LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        raise DecryptingFailed(f"tshark took more than {TIME_LIMIT:g} s", "cut the capture with editcap") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise DecryptingFailed(f"tshark failed: {visible(said)[:200]}", "open the capture in tshark to see more")


# --- Moments ---------------------------------------------------------------------------------------------------------
def _export(command: list[str], path: str) -> dict[frozenset[Endpoint], list[_Exported]]:
    """Return what tshark exports of the connections whose client asks for an upgrade, each in its order."""
    with TemporaryFile() as nothing:
        _run([*command, "-U", "OSI layer 7", "-w", path], nothing)
    found: dict[frozenset[Endpoint], list[_Exported]] = {}
    try:
        with open(path, "rb") as stream:  # noqa: PTH123
            for packet in iter_packets(stream, []):
                piece = _exported(packet.at, packet.data) if packet.link_type == UPPER_PDU else None
                if piece is None:
                    continue
                key = frozenset((piece.source, piece.target))
                if key in found or (piece.data.startswith(b"GET ") and len(found) < CONNECTIONS_LIMIT):
                    found.setdefault(key, []).append(piece)
    except (BrokenCapture, OSError) as problem:
        raise DecryptingFailed(f"tshark wrote what cannot be read: {problem}", "try another version of it") from None
    return found


def _exported(at: float, data: bytes) -> _Exported | None:
    """Return the piece in an exported packet: tags, each with its length, then the bytes."""
    place, addresses, ports = 0, [b"", b""], [0, 0]
    while place + 4 <= len(data):
        tag, length = struct.unpack(">HH", data[place : place + 4])
        value = data[place + 4 : place + 4 + length]
        place += 4 + length
        if tag == 0:
            source, target = ((addresses[side], ports[side]) for side in (0, 1))
            return _Exported(at, source, target, data[place:]) if addresses[0] and addresses[1] else None
        if tag in _ADDRESSES:
            addresses[_ADDRESSES[tag]] = value
        elif tag in _PORTS:
            ports[_PORTS[tag]] = int.from_bytes(value, "big")
    return None


# --- Bytes -----------------------------------------------------------------------------------------------------------
def _rebuilt(command: list[str], exported: dict[frozenset[Endpoint], list[_Exported]]) -> BinaryIO:
    made: BinaryIO = TemporaryFile()  # noqa: SIM115  # closed with the capture
    packets = Packets(made, "decrypted by tshark")
    for pieces in exported.values():
        first = pieces[0]
        ends = f"{_address(first.source)},{_address(first.target)}"
        with TemporaryFile() as output:
            _run([*command, "-q", "-z", f"follow,tls,raw,{ends}"], output)
            if output.tell() > SIZE_LIMIT:
                raise DecryptingFailed(f"there is more than {SIZE_LIMIT} bytes in it", "cut the capture with editcap")
            output.seek(0)
            link = Link(first.source, first.target)
            clocks = {role: _Clock([one for one in pieces if one.source == end]) for role, end in (
                (Role.CLIENT, first.source), (Role.SERVER, first.target)
            )}  # fmt: skip
            at = first.at
            for role, data in _iter_followed(output, first.data):
                at = max(at, clocks[role].pass_over(len(data)))
                packets.send(round(at * 1e9), link, role, data)
            packets.finish(round(at * 1e9), link, Role.SERVER)
    made.seek(0)
    return made


def _address(endpoint: Endpoint) -> str:
    from ipaddress import ip_address

    address, port = ip_address(endpoint[0]), endpoint[1]
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def _iter_followed(output: BinaryIO, first: bytes) -> Iterator[tuple[Role, bytes]]:
    """Yield what each side said: lines of hexadecimal, those of one of them indented; the request tells which."""
    of_indented: Role | None = None
    for line in output:
        try:
            data = bytes.fromhex(line.strip().decode("ascii"))
        except ValueError:
            continue
        if not data:
            continue
        is_indented = line.startswith(b"\t")
        if of_indented is None:
            if not first.startswith(data) and not data.startswith(first):
                continue
            of_indented = Role.CLIENT if is_indented else Role.SERVER
        yield of_indented if is_indented else other(of_indented), data


class _Clock:
    """When the bytes of a side came, by what was exported of it; a piece may tell those before it again."""

    def __init__(self, pieces: list[_Exported]) -> None:
        self._ends: list[tuple[int, float]] = []
        """Where a piece ends in the stream, and when it came."""
        begin = end = 0
        for piece, before in zip(pieces, [None, *pieces], strict=False):
            is_again = before is not None and len(piece.data) > len(before.data) and piece.data.startswith(before.data)
            begin = begin if is_again else end
            end = begin + len(piece.data)
            self._ends.append((end, piece.at))
        self._place = self._index = 0

    def pass_over(self, count: int) -> float:
        """Return when the next bytes were all there."""
        self._place += count
        while self._index < len(self._ends) - 1 and self._ends[self._index][0] < self._place:
            self._index += 1
        return self._ends[self._index][1] if self._ends else 0.0
