from importlib import import_module
from pathlib import Path
from types import ModuleType

import flight


def import_generated(suffix: str) -> list[ModuleType]:
    """Imports all generated modules whose names end so: `_pb2`, `_pb2_grpc`."""
    root = Path(str(flight.__file__)).parent
    files = sorted(root.rglob(f"*{suffix}.py"))
    return [import_module(".".join(["flight", *file.relative_to(root).with_suffix("").parts])) for file in files]
