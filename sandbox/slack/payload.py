"""JSON as it travels: the only place that admits values of any type."""

from typing import Any, TypeAlias

Json: TypeAlias = Any
Payload: TypeAlias = dict[str, Any]
