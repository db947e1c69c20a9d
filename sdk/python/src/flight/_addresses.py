"""Addresses as people and Consul write them, and as gRPC wants them."""

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import quote


class Address(NamedTuple):
    """Where an instance listens. The host is a name or an address, without brackets."""

    host: str
    port: int


def parse_address(text: str) -> Address:
    """Reads `127.0.0.1:5000`, `[::1]:5000` or `flights.example:5000`.

    Raises:
        ValueError: It is none of these.
    """
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        host = ""
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"not an address with a port, such as 127.0.0.1:5000 or [::1]:5000: {text!r}")
    return Address(host, int(port))


def is_resolved(addresses: Sequence[Address]) -> bool:
    """Whether gRPC can take them as they are: one name alone it resolves itself, anew as its addresses change."""
    return len(addresses) == 1 or all(_literal(host) for host, _ in addresses)


def resolve(addresses: Iterable[Address]) -> Sequence[Address]:
    """The same without names, which are resolved here and now; those that can't be are passed over.

    Raises:
        OSError: No name can be resolved.
    """
    found: dict[Address, None] = {}
    failure: OSError | None = None
    for address in addresses:
        try:
            found.update(dict.fromkeys(_resolve(address)))
        except OSError as error:
            failure = error
    if failure and not found:
        raise failure
    return tuple(found)


def to_target(addresses: Sequence[Address]) -> str:
    """A gRPC target for a set of instances that is resolved."""
    if len(addresses) == 1 and _literal(addresses[0].host) is None:
        host, port = addresses[0]
        return f"dns:///{host}:{port}"
    found = [(ipaddress.ip_address(host), port) for host, port in addresses]
    if all(ip.version == 4 for ip, _ in found):
        return "ipv4:" + ",".join(f"{ip}:{port}" for ip, port in found)
    # A target has one family, and IPv6 can write the addresses of IPv4 too.
    return "ipv6:" + ",".join(f"[{_as_ipv6(ip)}]:{port}" for ip, port in found)


_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def _literal(host: str) -> _Ip | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _resolve(address: Address) -> Iterable[Address]:
    if _literal(address.host) is not None:
        return [address]
    try:
        answers = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{address.host!r} is no name") from error
    return [Address(str(where[0]), address.port) for *_, where in answers]


def _as_ipv6(ip: _Ip) -> str:
    # A zone after % is written as in a URL.
    return quote(str(ip), safe=":") if ip.version == 6 else f"::ffff:{ip}"
