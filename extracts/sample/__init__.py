"""A synthetic region: deliveries of any size, the same bytes for the same seed, with known defects planted in them.

`write_region()` writes them; `DEFAULT_FIRST_NIGHT` is the load date it begins with. Nobody in it is real.
Does not belong here: reading deliveries, rules of quality (the planted rows name them by id only).
"""

from extracts.sample.parameters import DEFAULT_FIRST_NIGHT, RegionParameters
from extracts.sample.region import write_region

__all__ = ["DEFAULT_FIRST_NIGHT", "RegionParameters", "write_region"]
