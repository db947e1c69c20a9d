"""One question to a Consul agent: which instances of a service pass their checks?"""

import json
import socket
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from flight._addresses import Address

WAIT = 10
"""How long Consul may hold an answer back, in seconds.

A held answer can't be told from a frozen agent, so this also bounds how late that is noticed.
"""

_TIMEOUT = 2.0
"""How long an answer that is not held back may take, in seconds."""


class ConsulError(Exception):
    """The agent could not be asked, or its answer makes no sense."""


@dataclass(frozen=True)
class Agent:
    """Where the agent is, and the token that it asks for."""

    url: str
    token: str | None

    def __post_init__(self) -> None:
        if not _is_agent(urlsplit(self.url)):
            raise ValueError(f"not the URL of a Consul agent, such as http://localhost:8500: {self.url!r}")
        if self.token is not None and not (self.token.isascii() and self.token.isprintable()):
            raise ValueError("the token for Consul has characters that no header can bear")


def _is_agent(parts: SplitResult) -> bool:
    try:
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or " "
    return parts.scheme in ("http", "https") and host.isprintable() and " " not in host and port != 0


@dataclass(frozen=True)
class Answer:
    """The instances that pass, in a settled order, and the index to wait on; 0 when Consul named none."""

    addresses: tuple[Address, ...]
    index: int


class Query:
    """One request, that another thread may abort."""

    def __init__(self, agent: Agent, service: str, index: int) -> None:
        parts = urlsplit(agent.url)
        connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        # Consul adds up to a sixteenth of the wait, so that not all come back at once.
        timeout = _TIMEOUT + (WAIT * (1 + 1 / 16) if index > 0 else 0)
        # Not urllib.request, which would ask a proxy of the environment for the agent on this machine.
        self._http = connect(parts.hostname or "", parts.port, timeout=timeout)
        self._headers = {"X-Consul-Token": agent.token} if agent.token else {}
        waiting = f"&index={index}&wait={WAIT}s" if index > 0 else ""
        self._path = f"{parts.path.rstrip('/')}/v1/health/service/{quote(service)}?passing=true{waiting}"

    def ask(self) -> Answer:
        """Waits for the answer.

        Raises:
            ConsulError: There is none, or none that makes sense.
        """
        try:
            self._http.request("GET", self._path, headers=self._headers)
            response = self._http.getresponse()
            body = response.read()
            if response.status != 200:
                raise ConsulError(f"it answers {response.status}: {body[:200].decode(errors='replace')}")
            return Answer(_read(json.loads(body)), _read_index(response.getheader("X-Consul-Index")))
        except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConsulError(f"{type(error).__name__}: {error}") from error
        finally:
            self._http.close()

    def abort(self) -> None:
        """Lets a thread that waits in `ask` fail at once."""
        connected: socket.socket | None = self._http.sock
        if connected is None:
            return
        try:
            connected.shutdown(socket.SHUT_RDWR)
        except OSError:
            # It ended by itself in this moment.
            return


def _read(entries: Any) -> tuple[Address, ...]:
    if not isinstance(entries, list):
        raise ConsulError("what answers for Consul answers no list")
    found = {
        Address(entry["Service"]["Address"] or entry["Node"]["Address"], int(entry["Service"]["Port"]))
        for entry in entries
    }
    return tuple(sorted(found))


def _read_index(header: str | None) -> int:
    return int(header) if header is not None and header.isdecimal() else 0
