"""Addresses as people and Consul write them, and as gRPC wants them."""

import ipaddress
import socket
from collections.abc import Collection, Iterable, Sequence
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


def to_target(addresses: Sequence[Address]) -> str:
    """A gRPC target for a set of instances.

    One name alone stays a name, which gRPC resolves anew as its addresses change. Among several, names are resolved
    here and now, and those that can't be are passed over.

    Raises:
        OSError: No name can be resolved.
    """
    if len(addresses) == 1 and _literal(addresses[0].host) is None:
        host, port = addresses[0]
        return f"dns:///{host}:{port}"
    found = _resolve_all(addresses)
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


def _resolve_all(addresses: Iterable[Address]) -> Collection[tuple[_Ip, int]]:
    found: dict[tuple[_Ip, int], None] = {}
    failure: OSError | None = None
    for address in addresses:
        try:
            found.update(dict.fromkeys(_resolve(address)))
        except OSError as error:
            failure = error
    if failure and not found:
        raise failure
    return found


def _resolve(address: Address) -> Iterable[tuple[_Ip, int]]:
    literal = _literal(address.host)
    if literal is not None:
        return [(literal, address.port)]
    answers = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    return [(ipaddress.ip_address(where[0]), address.port) for *_, where in answers]


def _as_ipv6(ip: _Ip) -> str:
    # A zone after % is written as in a URL.
    return quote(str(ip), safe=":") if ip.version == 6 else f"::ffff:{ip}"
