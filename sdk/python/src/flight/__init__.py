"""Client of the flight booking system: search, book, and hear what happens to flights, over gRPC.

`connect` is where to begin. Messages and generated stubs are in `flight.user.v1`, `flight.booking.v1`,
`flight.etl.v1`, `flight.mesh.v1` and `flight.type.v1`, in modules named after the contracts' files:
`flight.booking.v1.flight_service_pb2`.
"""

from flight._client import Client, connect
from flight._error import FlightError
from flight._follow import FlightUpdates
from flight._reason import Reason
from flight._version import __version__

__all__ = ["Client", "FlightError", "FlightUpdates", "Reason", "__version__", "connect"]
