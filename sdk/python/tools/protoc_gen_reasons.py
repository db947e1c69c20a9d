"""The plugin that makes `flight/_reason.py`: the catalogue of reasons, with its comments, as strings with names."""

from collections.abc import Iterator

from google.protobuf.compiler import plugin_pb2

from plugin_io import run_plugin

SOURCE = "flight/type/v1/error_reason.proto"
PREFIX = "ERROR_REASON_"

# Where descriptor.proto has the enums of a file, and the values of an enum.
ENUMS, VALUES = 5, 2

HEAD = f'''"""Made from {SOURCE}. Do not edit."""

from enum import Enum


class Reason(str, Enum):
    """Why a call failed. Each equals its name as text, so that a `FlightError.reason` can be compared with it."""

    __str__ = str.__str__
'''


def generate(request: plugin_pb2.CodeGeneratorRequest) -> Iterator[tuple[str, str]]:
    """Makes one file, of the enum alone that the source has."""
    source = next(file for file in request.proto_file if file.name == SOURCE)
    (enum,) = source.enum_type
    comments = {tuple(location.path): location.leading_comments for location in source.source_code_info.location}
    members = []
    for position, value in enumerate(enum.value):
        if value.number == 0:
            continue
        name = value.name.removeprefix(PREFIX)
        comment = comments.get((ENUMS, 0, VALUES, position), "")
        members.append(f'\n    {name} = "{name}"\n    """{to_docstring(comment)}"""\n')
    yield "flight/_reason.py", HEAD + "".join(members)


def to_docstring(comment: str) -> str:
    """A comment's lines, each without the blank after its slashes, indented as the members are."""
    lines = [line.removeprefix(" ") for line in comment.rstrip().split("\n")]
    return "\n".join([lines[0], *(f"    {line}".rstrip() for line in lines[1:])]) + ("\n    " if lines[1:] else "")


if __name__ == "__main__":
    run_plugin(generate)
