"""What becomes of a row in a package, as the numbers that the queries give to it."""

from __future__ import annotations

from portal.manifest import Operation

#: Not an operation: the row stays out, whatever the portal has of it.
HELD = 0
CREATE, UPDATE, DELETE = 1, 2, 3

#: Whether the portal has the row: column `known` of the queries.
NOT_THERE, MAY_BE_THERE, IS_THERE = 0, 1, 2

NAMES: dict[int, Operation] = {CREATE: "create", UPDATE: "update", DELETE: "delete"}
