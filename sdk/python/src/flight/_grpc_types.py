"""grpcio's interfaces, generic as its type stubs have them.

At run time they are grpcio's own, which take no parameters.
"""

from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    from grpc import (
        UnaryStreamMultiCallable,
        UnaryUnaryMultiCallable,
    )
    from grpc import (
        _CallFuture as CallFuture,
    )
    from grpc import (
        _CallIterator as CallIterator,
    )
else:

    class _Generic:
        def __class_getitem__(cls, _: Any) -> type:
            return cls

    class UnaryUnaryMultiCallable(_Generic, grpc.UnaryUnaryMultiCallable):
        pass

    class UnaryStreamMultiCallable(_Generic, grpc.UnaryStreamMultiCallable):
        pass

    class CallFuture(_Generic, grpc.Call, grpc.Future):
        pass

    class CallIterator(_Generic, grpc.Call):
        pass


Metadata = tuple[tuple[str, str | bytes], ...]
"""Pairs of key and value."""

__all__ = ["CallFuture", "CallIterator", "Metadata", "UnaryStreamMultiCallable", "UnaryUnaryMultiCallable"]
