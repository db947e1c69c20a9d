import threading
from collections.abc import Callable

PATIENCE = 20.0
"""How long to wait for what must happen, in seconds: generous, for a machine that is busy."""


def until(condition: Callable[[], bool]) -> None:
    """Waits for a condition, and fails when it does not come true."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.01)):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come true")
