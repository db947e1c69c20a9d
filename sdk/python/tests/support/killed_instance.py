"""A server in a process of its own, to be killed: prints its port, and lets a flight with two updates be followed."""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.following import Updates
from support.server import Server

if __name__ == "__main__":
    with Server(FollowFlightUpdates=Updates("one", "two").handle) as server:
        print(server.port, flush=True)
        threading.Event().wait()
