import threading
from collections.abc import Iterator
from datetime import timedelta

import grpc

from flight import Reason
from flight.user.v1 import flight_update_pb2, flight_update_service_pb2
from support.server import metadata_of, refuse


class Updates:
    """The updates of one flight, and a handler that lets them be followed as the contract says."""

    def __init__(self, *texts: str) -> None:
        self._changed = threading.Condition()
        self._texts = list(texts)
        self._era = 0
        self._end: grpc.StatusCode | None = None
        self.asked: list[int | None] = []
        """After which number each stream was to begin."""
        self.tokens: list[str | bytes | None] = []
        self.repeats = 0
        """How many updates each stream sends again that were not asked for."""
        self.following = 0
        self.refusals = 0
        """How many streams are refused as by an instance that goes away."""
        self.full = 0
        """How many streams are refused as by an instance that has too many."""
        self.come_back_after = timedelta(milliseconds=10)
        """When these may come back."""
        self.silent = 0
        """How many streams end well without a word."""
        self.reason: Reason | None = Reason.TOKEN_EXPIRED
        """Why streams end that are cut with a status; None as by something on the way, which gives none."""

    def publish(self, *texts: str) -> None:
        with self._changed:
            self._texts.extend(texts)
            self._changed.notify_all()

    def cut(self, code: grpc.StatusCode | None, *unheard: str) -> None:
        """Ends all streams with this status, or well; the texts are published in the same moment, unheard by them."""
        with self._changed:
            self._era += 1
            self._end = code
            self._texts.extend(unheard)
            self._changed.notify_all()

    def restore(self, count: int) -> None:
        """Ends all streams, with only so many updates left, as when a backup was restored."""
        with self._changed:
            del self._texts[count:]
        self.cut(grpc.StatusCode.UNAVAILABLE)

    def handle(
        self, request: flight_update_service_pb2.FollowFlightUpdatesRequest, context: grpc.ServicerContext
    ) -> Iterator[flight_update_service_pb2.FollowFlightUpdatesResponse]:
        if self.refusals > 0:
            self.refusals -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "going away")
        if self.full > 0:
            self.full -= 1
            refuse(context, grpc.StatusCode.RESOURCE_EXHAUSTED, Reason.OVERLOADED, retry_after=self.come_back_after)
        if self.silent > 0:
            self.silent -= 1
            return
        context.add_callback(self._left)
        with self._changed:
            era = self._era
            self.following += 1
            self.asked.append(request.after_sequence if request.HasField("after_sequence") else None)
            self.tokens.append(metadata_of(context).get("authorization"))
            latest = len(self._texts)
        sent = request.after_sequence if request.HasField("after_sequence") else latest
        sent = max(0, sent - self.repeats)
        position = flight_update_pb2.FlightPosition(flight_code=request.flight_code, latest_sequence=latest)
        yield flight_update_service_pb2.FollowFlightUpdatesResponse(position=position)
        while True:
            with self._changed:
                while len(self._texts) <= sent and self._era == era and context.is_active():
                    self._changed.wait()
                if self._era > era:
                    break
                if not context.is_active():
                    return
                text = self._texts[sent]
            sent += 1
            update = flight_update_pb2.FlightUpdate(flight_code=request.flight_code, sequence=sent, update=text)
            yield flight_update_service_pb2.FollowFlightUpdatesResponse(flight_update=update)
            # Those that keep the stream alive have nothing in them.
            yield flight_update_service_pb2.FollowFlightUpdatesResponse()
        if self._end is not None and self.reason is not None:
            refuse(context, self._end, self.reason)
        elif self._end is not None:
            context.abort(self._end, "broken off")

    def _left(self) -> None:
        with self._changed:
            self.following -= 1
            self._changed.notify_all()
