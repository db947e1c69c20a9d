import re
import subprocess
import sys
import unittest
from importlib import metadata
from pathlib import Path

import flight
from support.generated import import_generated

_WARNS_AND_STARTS_NOTHING = """
import sys, threading, warnings
warnings.simplefilter("error")
import flight
flight.connect(consul="http://192.0.2.1:8500").close()
assert threading.active_count() == 1, threading.enumerate()
"""


class PackageTest(unittest.TestCase):
    def test_it_says_its_version_once(self) -> None:
        self.assertEqual(flight.__version__, metadata.version("flight-sdk"))
        self.assertRegex(flight.__version__, r"^\d+\.\d+\.\d+")

    def test_what_it_names_is_there(self) -> None:
        self.assertEqual([name for name in flight.__all__ if not hasattr(flight, name)], [])

    def test_it_is_typed_and_brings_its_licence_and_changelog(self) -> None:
        files = {str(file) for file in metadata.files("flight-sdk") or []}
        self.assertIn("flight/py.typed", files)
        self.assertIn("flight/CHANGELOG.md", files)
        self.assertTrue(any(file.endswith("/licenses/LICENSE") for file in files))
        for module in [*import_generated("_pb2"), *import_generated("_pb2_grpc")]:
            self.assertTrue(Path(str(module.__file__)).with_suffix(".pyi").exists(), module.__name__)

    def test_it_asks_for_what_its_generated_code_was_generated_for(self) -> None:
        stubs = import_generated("_pb2_grpc")
        self.assertEqual({stub.GRPC_GENERATED_VERSION for stub in stubs}, {_least("grpcio")})
        for module in import_generated("_pb2"):
            source = Path(str(module.__file__)).read_text(encoding="utf-8")
            generated_for = re.search(r"^# Protobuf Python Version: (\S+)$", source, re.MULTILINE)
            self.assertEqual(generated_for and generated_for[1], _least("protobuf"), module.__name__)

    def test_it_says_of_all_it_asks_for_from_when_and_until_when(self) -> None:
        asked = metadata.requires("flight-sdk") or []
        self.assertGreater(len(asked), 3)
        for requirement in asked:
            self.assertRegex(requirement, r"^[a-z-]+<\d+,>=[\d.]+$")

    def test_importing_and_connecting_starts_nothing_and_warns_of_nothing(self) -> None:
        subprocess.run([sys.executable, "-c", _WARNS_AND_STARTS_NOTHING], check=True)


def _least(dependency: str) -> str | None:
    for requirement in metadata.requires("flight-sdk") or []:
        if re.split(r"[<>=!~; ]", requirement)[0] == dependency:
            found = re.search(r">=([\d.]+)", requirement)
            return found[1] if found else None
    return None


if __name__ == "__main__":
    unittest.main()
