import subprocess
import sys
import threading
import time
import unittest
from datetime import timedelta
from pathlib import Path

import grpc

from flight import FlightError
from support import killed_instance
from support.follow_bed import Began, FollowBed, give, texts
from support.following import Updates
from support.resetting import Resetting
from support.until import until


class FollowTest(FollowBed):
    def test_it_begins_after_a_number(self) -> None:
        store = Updates("one", "two", "three")
        self.assertEqual(texts(self.follow(store, after=0), 3), [(1, "one"), (2, "two"), (3, "three")])
        self.assertEqual(texts(self.follow(store, after=2), 1), [(3, "three")])
        self.assertEqual(store.asked, [0, 2])

    def test_it_begins_with_what_is_published_from_then_on(self) -> None:
        store = Updates("one", "two")
        followed = self.follow(store)
        store.publish("three", "four")
        self.assertEqual(texts(followed, 2), [(3, "three"), (4, "four")])
        self.assertEqual(store.asked, [None])

    def test_it_goes_on_after_the_last_one_when_its_instance_leaves(self) -> None:
        store = Updates("one", "two")
        followed = self.follow(store, after=0)
        self.assertEqual(texts(followed, 2), [(1, "one"), (2, "two")])
        store.cut(grpc.StatusCode.UNAVAILABLE, "three")
        self.assertEqual(texts(followed, 1), [(3, "three")])
        self.assertEqual(store.asked, [0, 2])

    def test_nothing_is_lost_when_the_stream_breaks_before_the_first_one(self) -> None:
        store = Updates("one", "two")
        followed = self.follow(store)
        store.cut(grpc.StatusCode.UNAVAILABLE, "three")
        self.assertEqual(texts(followed, 1), [(3, "three")])
        self.assertEqual(store.asked, [None, 2])

    def test_it_goes_on_when_the_service_ends_the_stream_well(self) -> None:
        store = Updates()
        followed = self.follow(store)
        store.cut(None, "one")
        self.assertEqual(texts(followed, 1), [(1, "one")])

    def test_what_comes_twice_is_told_once(self) -> None:
        store = Updates("one", "two")
        store.repeats = 2
        followed = self.follow(store, after=1)
        self.assertEqual(texts(followed, 1), [(2, "two")])
        store.cut(grpc.StatusCode.UNAVAILABLE, "three")
        self.assertEqual(texts(followed, 1), [(3, "three")])

    def test_it_begins_again_where_a_service_stands_that_has_lost_updates(self) -> None:
        store = Updates("one", "two", "three")
        followed = self.follow(store, after=2)
        self.assertEqual(texts(followed, 1), [(3, "three")])
        store.restore(1)
        heard: list[tuple[int, str]] = []
        listener = threading.Thread(target=lambda: heard.extend(texts(followed, 1)))
        listener.start()
        until(lambda: store.asked == [2, 3, 1])
        store.publish("again")
        listener.join()
        self.assertEqual(heard, [(2, "again")])

    def test_it_begins_where_the_service_stands_that_never_had_the_number(self) -> None:
        store = Updates("one")
        followed = self.follow(store, after=9)
        store.publish("two")
        self.assertEqual(texts(followed, 1), [(2, "two")])
        self.assertEqual(store.asked, [9, 1])

    def test_it_begins_there_too_when_instances_were_going_away_before(self) -> None:
        store = Updates("one")
        store.refusals = 2
        followed = self.follow(store, after=9)
        store.publish("two")
        self.assertEqual(texts(followed, 1), [(2, "two")])
        self.assertEqual(store.asked, [9, 1])

    def test_it_finds_another_instance_when_one_has_too_many_followers(self) -> None:
        store = Updates("one")
        store.full = 2
        self.assertEqual(texts(self.follow(store, after=0), 1), [(1, "one")])
        self.assertEqual(store.full, 0)

    def test_it_begins_no_sooner_than_the_service_asks_for(self) -> None:
        store = Updates("one")
        store.full, store.come_back_after = 1, timedelta(seconds=0.3)
        began_at = time.monotonic()
        self.follow(store)
        self.assertGreaterEqual(time.monotonic() - began_at, 0.3)

    def test_it_goes_on_after_a_stream_that_was_broken_off_without_a_reason(self) -> None:
        store = Updates("one")
        store.reason = None
        followed = self.follow(store, after=0)
        self.assertEqual(texts(followed, 1), [(1, "one")])
        store.cut(grpc.StatusCode.CANCELLED, "two")
        self.assertEqual(texts(followed, 1), [(2, "two")])

    def test_it_tries_again_after_a_stream_that_was_reset(self) -> None:
        for name, error_code in (("NO_ERROR", 0), ("INTERNAL_ERROR", 2), ("REFUSED_STREAM", 7), ("CANCEL", 8)):
            with self.subTest(name), Resetting(error_code) as proxy:
                client = self.connect(proxy.address)
                began = Began(client)
                until(lambda: proxy.resets >= 2)
                client.close()
                self.assertIs(began.failure().code(), grpc.StatusCode.CANCELLED)

    def test_it_tries_to_begin_for_as_long_as_it_takes(self) -> None:
        store = Updates("one")
        store.refusals = 3
        self.assertEqual(texts(self.follow(store, after=0), 1), [(1, "one")])

    def test_a_stream_that_ends_well_without_a_word_is_no_beginning(self) -> None:
        store = Updates("one", "two")
        store.silent = 1
        followed = self.follow(store)
        store.publish("three")
        self.assertEqual(texts(followed, 1), [(3, "three")])
        self.assertEqual(store.silent, 0)

    def test_a_function_for_the_token_is_asked_each_time_it_goes_on(self) -> None:
        tokens = iter(["first", "second"])
        store = Updates("one")
        client = self.connect(self.serve(FollowFlightUpdates=store.handle), token=lambda: next(tokens))
        with client.follow_flight("FL001") as followed:
            store.cut(grpc.StatusCode.UNAVAILABLE, "two")
            self.assertEqual(texts(followed, 1), [(2, "two")])
        self.assertEqual(store.tokens, ["Bearer first", "Bearer second"])

    def test_it_asks_again_for_a_token_that_could_not_be_had_just_then(self) -> None:
        away = FlightError(grpc.StatusCode.UNAVAILABLE, "not now")
        store = Updates("one")
        answers: list[str | FlightError] = [away, "first", away, away, "second"]
        client = self.connect(self.serve(FollowFlightUpdates=store.handle), token=lambda: give(answers))
        with client.follow_flight("FL001") as followed:
            store.cut(grpc.StatusCode.UNAVAILABLE, "two")
            self.assertEqual(texts(followed, 1), [(2, "two")])
        self.assertEqual(store.tokens, ["Bearer first", "Bearer second"])

    def test_it_outlives_an_instance_that_is_killed(self) -> None:
        script = str(Path(killed_instance.__file__))
        with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as instance:
            self.addCleanup(instance.kill)
            assert instance.stdout is not None
            port = int(instance.stdout.readline())
            client = self.connect(f"127.0.0.1:{port}")
            with client.follow_flight("FL001", after=0) as followed:
                self.assertEqual(texts(followed, 2), [(1, "one"), (2, "two")])
                instance.kill()
                instance.wait()
                next_store = Updates("one", "two", "three")
                self.serve(port=port, FollowFlightUpdates=next_store.handle)
                self.assertEqual(texts(followed, 1), [(3, "three")])
                self.assertEqual(next_store.asked, [2])


if __name__ == "__main__":
    unittest.main()
