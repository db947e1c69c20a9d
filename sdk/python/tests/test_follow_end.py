import threading
import unittest
from datetime import timedelta

import grpc

from flight import FlightError, Reason
from support.follow_bed import Began, FollowBed, give, texts
from support.following import Updates
from support.until import PATIENCE, until


class FollowEndTest(FollowBed):
    def test_it_ends_with_any_other_failure(self) -> None:
        for code in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.INTERNAL, grpc.StatusCode.CANCELLED):
            with self.subTest(code.name):
                store = Updates("one")
                followed = self.follow(store, after=0)
                store.cut(code)
                with self.assertRaises(FlightError) as caught:
                    list(followed)
                self.assertIs(caught.exception.code(), code)
                self.assertEqual(caught.exception.reason, Reason.TOKEN_EXPIRED)
                self.assertEqual(list(followed), [])
                self.assertEqual(len(store.asked), 1)

    def test_it_does_not_begin_where_the_service_refuses(self) -> None:
        client = self.connect(self.serve())
        with self.assertRaises(FlightError) as caught:
            client.follow_flight("FL001")
        self.assertIs(caught.exception.code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_it_ends_when_no_token_can_be_had(self) -> None:
        tokens = iter(["first"])
        store = Updates("one")
        client = self.connect(self.serve(FollowFlightUpdates=store.handle), token=lambda: next(tokens))
        with client.follow_flight("FL001", after=0) as followed:
            self.assertEqual(texts(followed, 1), [(1, "one")])
            store.cut(grpc.StatusCode.UNAVAILABLE)
            with self.assertRaises(FlightError) as caught:
                next(followed)
            self.assertIs(caught.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
            self.assertIsInstance(caught.exception.__cause__, StopIteration)
            self.assertEqual(list(followed), [])

    def test_it_ends_with_the_refusal_that_a_function_for_the_token_met(self) -> None:
        refused = FlightError(grpc.StatusCode.UNAUTHENTICATED, "no", reason=Reason.CREDENTIALS_INVALID)
        answers: list[str | FlightError] = ["first", refused]
        store = Updates()
        client = self.connect(self.serve(FollowFlightUpdates=store.handle), token=lambda: give(answers))
        with client.follow_flight("FL001") as followed:
            store.cut(grpc.StatusCode.UNAVAILABLE)
            with self.assertRaises(FlightError) as caught:
                next(followed)
        self.assertIs(caught.exception, refused)

    def test_it_does_not_begin_where_there_will_never_be_an_instance(self) -> None:
        client = self.connect()
        with self.assertRaisesRegex(FlightError, "no addresses of user-service") as caught:
            client.follow_flight("FL001")
        self.assertIs(caught.exception.code(), grpc.StatusCode.FAILED_PRECONDITION)

    def test_leaving_it_cancels_its_call(self) -> None:
        store = Updates()
        with self.follow(store) as followed:
            self.assertEqual(store.following, 1)
        until(lambda: store.following == 0)
        self.assertEqual(list(followed), [])

    def test_another_thread_can_end_it(self) -> None:
        store = Updates("one")
        followed = self.follow(store, after=0)
        heard: list[str] = []
        listener = threading.Thread(target=lambda: heard.extend(update.update for update in followed))
        listener.start()
        until(lambda: heard == ["one"] or (len(heard) == 0 and store.following == 1))
        followed.close()
        listener.join()
        until(lambda: store.following == 0)

    def test_it_fails_when_its_client_is_closed(self) -> None:
        client = self.connect(self.serve(FollowFlightUpdates=Updates().handle))
        followed = client.follow_flight("FL001")
        client.close()
        with self.assertRaises(FlightError) as caught:
            next(followed)
        self.assertIs(caught.exception.code(), grpc.StatusCode.CANCELLED)

        self.assertEqual(list(followed), [])

    def test_it_fails_at_once_when_its_client_is_closed_while_it_waits(self) -> None:
        store = Updates()
        client = self.connect(self.serve(FollowFlightUpdates=store.handle))
        store.full, store.come_back_after = 1, timedelta(hours=1)
        began = Began(client)
        until(lambda: store.full == 0)
        client.close()
        self.assertIs(began.failure().code(), grpc.StatusCode.CANCELLED)
        with self.assertRaisesRegex(ValueError, "closed"):
            client.follow_flight("FL001")

    def test_another_thread_can_end_it_while_it_waits(self) -> None:
        store = Updates()
        followed = self.follow(store)
        store.full, store.come_back_after = 1, timedelta(hours=1)
        store.cut(grpc.StatusCode.UNAVAILABLE)
        heard: list[object] = []
        listener = threading.Thread(target=lambda: heard.extend(followed))
        listener.start()
        until(lambda: store.full == 0)
        followed.close()
        listener.join(PATIENCE)
        self.assertFalse(listener.is_alive())
        self.assertEqual(heard, [])


if __name__ == "__main__":
    unittest.main()
