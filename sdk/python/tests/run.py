"""Runs all tests against the package that is installed where this runs, and ends with 1 when one fails."""

import sys
import unittest
from pathlib import Path


def main() -> None:
    suite = unittest.defaultTestLoader.discover(str(Path(__file__).parent))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    sys.exit(0 if result.wasSuccessful() and result.testsRun > 0 else 1)


if __name__ == "__main__":
    main()
