import json
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from support.until import until


class Consul:
    """As much of a Consul agent as is asked: the instances of services that pass, by blocking queries."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._services: dict[str, list[tuple[str, int]]] = {}
        self._index = 1
        self._status = 200
        self._body: str | None = None
        self._waiting = 0
        self.asked: list[tuple[str, str | None]] = []
        """The path and the token of each request, as they came."""
        self._port = 0
        self._open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def name(self, service: str, addresses: Iterable[str]) -> None:
        """From now on the instances of a service are these."""
        with self._changed:
            parted = (address.rpartition(":") for address in addresses)
            self._services[service] = [(host.strip("[]"), int(port)) for host, _, port in parted]
            self._index += 1
            self._changed.notify_all()

    def restart_index(self) -> None:
        """The catalog was lost and begins anew: the index is small again. Who waits for more is answered at once."""
        with self._changed:
            self._index = 1
            self._changed.notify_all()

    def say(self, body: str) -> None:
        """From now on it answers this, whatever is asked."""
        with self._changed:
            self._body = body
            self._index += 1
            self._changed.notify_all()

    def fail(self, status: int) -> None:
        """From now on it answers with this status."""
        with self._changed:
            self._status = status
            self._changed.notify_all()

    def leave(self) -> None:
        """The agent goes away, and cuts those who wait."""
        with self._changed:
            self._is_here = False
            self._changed.notify_all()
        self._http.shutdown()
        self._http.server_close()

    def come_back(self) -> None:
        """It is there again at the same port."""
        self._open()

    def wait_until_heard(self) -> None:
        """Returns when who follows has asked twice more, or waits: what the agent answers now has been heard."""
        asked = len(self.asked)
        until(lambda: self._waiting > 0 or len(self.asked) >= asked + 2)

    def _open(self) -> None:
        self._is_here = True
        consul = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                consul._answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._http.daemon_threads = True
        self._port = self._http.server_port
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        asked = parse_qs(parts.query)
        service = parts.path.rpartition("/")[2]
        assert parts.path == f"/v1/health/service/{service}", parts.path
        assert asked["passing"] == ["true"]
        index = int(asked.get("index", ["0"])[0])
        wait = float(asked.get("wait", ["0s"])[0].removesuffix("s"))
        with self._changed:
            self.asked.append((handler.path, handler.headers.get("X-Consul-Token")))
            self._waiting += 1
            self._changed.wait_for(
                lambda: index == 0 or self._index != index or self._status != 200 or not self._is_here, wait
            )
            self._waiting -= 1
            if not self._is_here:
                handler.close_connection = True
                return
            status, answer_index = self._status, self._index
            named = json.dumps([_entry(host, port) for host, port in self._services.get(service, [])])
            body = (named if self._body is None else self._body).encode()
        handler.send_response(status)
        handler.send_header("X-Consul-Index", str(answer_index))
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def __enter__(self) -> "Consul":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._is_here:
            self.leave()


def _entry(host: str, port: int) -> dict[str, object]:
    # An instance that registered no address has that of its node.
    if host == "127.0.0.1":
        return {"Node": {"Address": host}, "Service": {"Address": "", "Port": port}}
    return {"Node": {"Address": "192.0.2.1"}, "Service": {"Address": host, "Port": port}}
