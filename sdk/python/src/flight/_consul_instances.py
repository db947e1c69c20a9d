"""A service's instances, followed in Consul."""

import random
import threading
import time
from collections.abc import Sequence

from flight._addresses import Address
from flight._backoff import Backoff
from flight._consul_query import Agent, ConsulError, Query

_FLOOR = 0.05
"""At least this long from one answer to the next question, in seconds, however often the set changes."""

_BLIND = 1.0
"""The same when Consul named no index to wait on."""

_BACKOFF = (0.25, 2.0)


class ConsulInstances:
    """Follows one service by Consul's blocking queries, in a thread that begins when the instances are first asked for.

    The last known set stays while Consul is away, or names no instance at all: an agent without its servers, or with a
    token that may not read, answers an empty list too.

    See https://developer.hashicorp.com/consul/api-docs/features/blocking
    """

    def __init__(self, agent: Agent, service: str) -> None:
        self._agent = agent
        self._service = service
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        # What follows is guarded by the condition.
        self._known: tuple[Address, ...] = ()
        self._has_answered = False
        self._failure: str | None = None
        self._query: Query | None = None
        self._began_at: float | None = None

    def known(self, timeout: float) -> Sequence[Address]:
        """The instances as last heard of.

        Consul has that many seconds for its first answer, counted from the first time that anybody asks: who asks later
        does not wait again for an agent that is away.
        """
        with self._changed:
            if self._began_at is None:
                self._began_at = time.monotonic()
                threading.Thread(target=self._follow, name=f"consul {self._service}", daemon=True).start()
            left = self._began_at + timeout - time.monotonic()
            self._changed.wait_for(lambda: self._has_answered or self._stopping.is_set(), max(0, left))
            return self._known

    def describe(self) -> str:
        """What became of asking Consul."""
        with self._changed:
            if self._failure is not None:
                return f"Consul at {self._agent.url} is away: {self._failure}"
            if self._has_answered:
                return f"Consul at {self._agent.url} names none that passes its checks"
            return f"Consul at {self._agent.url} has not answered yet"

    def close(self) -> None:
        """Ends the thread."""
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()
            if self._query:
                self._query.abort()

    def _follow(self) -> None:
        backoff = Backoff(*_BACKOFF)
        index = 0
        while not self._stopping.is_set():
            try:
                index = self._ask(index)
                backoff.reset()
                pause = (_FLOOR if index > 0 else _BLIND) * random.uniform(1, 1.25)
            except ConsulError as error:
                with self._changed:
                    self._failure = str(error)
                index = 0
                pause = backoff.next()
            self._stopping.wait(pause)

    def _ask(self, index: int) -> int:
        query = Query(self._agent, self._service, index)
        with self._changed:
            if self._stopping.is_set():
                return 0
            self._query = query
        answer = query.ask()
        with self._changed:
            self._query = None
            self._failure = None
            self._has_answered = True
            self._known = answer.addresses or self._known
            self._changed.notify_all()
        # An index that goes backwards, as after an agent's restart, means to begin anew.
        return answer.index if answer.index >= index else 0
