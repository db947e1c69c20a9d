"""A service's instances, with the names among them resolved."""

import threading
import time
from collections.abc import Callable, Sequence

from flight._addresses import Address, is_resolved, resolve
from flight._backoff import Backoff
from flight._instances import Instances

_BACKOFF = (0.25, 5.0)


class ResolvedInstances:
    """Resolves each set once, in a thread of its own: looking a name up may take longer than a call has.

    The last resolved set stays meanwhile, and while nothing of the next one can be resolved, which is tried again.
    """

    def __init__(
        self, instances: Instances, resolve: Callable[[Sequence[Address]], Sequence[Address]] = resolve
    ) -> None:
        self._instances = instances
        self._resolve = resolve
        self._changed = threading.Condition()
        # What follows is guarded by the condition.
        self._wanted: Sequence[Address] | None = None
        self._known: Sequence[Address] = ()
        self._known_from: Sequence[Address] | None = None
        self._failure: str | None = None
        self._is_resolving = False
        self._is_closed = False

    def known(self, timeout: float) -> Sequence[Address]:
        """The instances as last resolved.

        Waits at most that many seconds for the first ones, and not for what could not be resolved before.
        """
        began_at = time.monotonic()
        wanted = self._instances.known(timeout)
        with self._changed:
            if wanted != self._wanted:
                self._want(wanted)
            left = began_at + timeout - time.monotonic()
            self._changed.wait_for(self._is_answered, max(0, left))
            return self._known

    def describe(self) -> str:
        """What became of resolving them, or of finding them."""
        with self._changed:
            if self._failure is not None:
                return f"no name among them can be resolved: {self._failure}"
            if self._is_resolving:
                return "their names have not been resolved yet"
        return self._instances.describe()

    def close(self) -> None:
        """Ends the thread, and stops following them."""
        self._instances.close()
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _want(self, wanted: Sequence[Address]) -> None:
        self._wanted = wanted
        self._failure = None
        if is_resolved(wanted):
            self._known, self._known_from = wanted, wanted
        elif not self._is_resolving:
            self._is_resolving = True
            threading.Thread(target=self._resolve_wanted, name="resolve names", daemon=True).start()
        self._changed.notify_all()

    def _is_answered(self) -> bool:
        is_over = self._known_from == self._wanted or self._is_closed
        return is_over or len(self._known) > 0 or self._failure is not None

    def _resolve_wanted(self) -> None:
        backoff = Backoff(*_BACKOFF)
        while wanted := self._unresolved():
            try:
                found = self._resolve(wanted)
            except OSError as error:
                self._note(wanted, (), str(error))
                self._pause(wanted, backoff.next())
            else:
                self._note(wanted, found, None)

    def _unresolved(self) -> Sequence[Address] | None:
        """What is to be resolved now; None ends the thread."""
        with self._changed:
            if self._is_closed or self._known_from == self._wanted:
                self._is_resolving = False
                return None
            return self._wanted

    def _note(self, wanted: Sequence[Address], found: Sequence[Address], failure: str | None) -> None:
        with self._changed:
            if self._wanted != wanted:
                return
            self._failure = failure
            if failure is None:
                self._known, self._known_from = found, wanted
            self._changed.notify_all()

    def _pause(self, wanted: Sequence[Address], seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._wanted != wanted, seconds)
