"""How a plugin of protoc, and of buf, is asked and answers."""

import sys
from collections.abc import Callable, Iterable

from google.protobuf.compiler import plugin_pb2


def run_plugin(generate: Callable[[plugin_pb2.CodeGeneratorRequest], Iterable[tuple[str, str]]]) -> None:
    """Reads the request, and writes the files that `generate` gives as names and contents."""
    request = plugin_pb2.CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
    response = plugin_pb2.CodeGeneratorResponse(
        supported_features=plugin_pb2.CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
    )
    for name, content in generate(request):
        response.file.add(name=name, content=content)
    sys.stdout.buffer.write(response.SerializeToString())
