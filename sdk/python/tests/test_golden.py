import base64
import json
import os
import unittest
from pathlib import Path
from typing import Any

from google.protobuf import any_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from support.generated import import_generated

FOLDER = os.environ.get("FLIGHT_GOLDEN")


@unittest.skipUnless(FOLDER, "FLIGHT_GOLDEN does not name the folder of the golden messages")
class GoldenTest(unittest.TestCase):
    def setUp(self) -> None:
        modules = [*import_generated("_pb2"), error_details_pb2, status_pb2]
        self.assertGreater(len(modules), 15)

    def test_messages_read_and_write_as_they_were_written_once(self) -> None:
        read = 0
        for file in sorted(Path(FOLDER or "").glob("*.json")):
            for name, samples in json.loads(file.read_text(encoding="utf-8")).items():
                message_type = message_factory.GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(name))
                for number, sample in enumerate(samples):
                    with self.subTest(f"{name} {number}"):
                        self.compare(message_type, base64.b64decode(sample["binary"], validate=True), sample["json"])
                    read += 1
        self.assertGreaterEqual(read, 60)

    def compare(self, message_type: type[Message], binary: bytes, written: dict[str, Any]) -> None:
        from_binary = message_type.FromString(binary)
        from_json = json_format.ParseDict(written, message_type())
        # What an Any holds is bytes, in which the entries of a map may stand in another order.
        if not any(field.message_type is any_pb2.Any.DESCRIPTOR for field in message_type.DESCRIPTOR.fields):
            self.assertEqual(from_binary, from_json)
        self.assertEqual(json_format.MessageToDict(from_json), written)
        self.assertEqual(json_format.MessageToDict(from_binary), written)
        self.assertEqual(from_binary.SerializeToString(deterministic=True), binary)


if __name__ == "__main__":
    unittest.main()
