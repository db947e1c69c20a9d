"""The plugin that makes `…_pb2_grpc.py`.

grpcio-tools has it built into its protoc, and brings no executable that buf could call.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from google.protobuf import descriptor_pb2
from google.protobuf.compiler import plugin_pb2
from grpc_tools import protoc

from plugin_io import run_plugin


def generate(request: plugin_pb2.CodeGeneratorRequest) -> Iterator[tuple[str, str]]:
    """Has grpcio-tools generate into a folder, from the descriptions in the request instead of from sources."""
    with TemporaryDirectory() as folder:
        descriptions = Path(folder, "descriptions.binpb")
        descriptions.write_bytes(descriptor_pb2.FileDescriptorSet(file=request.proto_file).SerializeToString())
        out = Path(folder, "out")
        out.mkdir()
        code = protoc.main(
            [
                "protoc",
                f"--descriptor_set_in={descriptions}",
                f"--grpc_python_out={out}",
                *request.file_to_generate,
            ]
        )
        if code != 0:
            sys.exit(f"grpc_tools.protoc ended with {code}")
        for file in sorted(out.rglob("*.py")):
            yield file.relative_to(out).as_posix(), file.read_text(encoding="utf-8")


if __name__ == "__main__":
    run_plugin(generate)
