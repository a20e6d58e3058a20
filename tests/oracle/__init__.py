"""The independent check: the marts of 2-marts.md computed a second time, straight from the raw delivery files.

Plain Python with exact fractions; shares neither code nor SQL with the models. What it needs of the project is data:
the contract of the datasets (extracts/contract.yaml) and the seed of control form kinds.
"""

from .comparing import compare
from .computing import compute

__all__ = ["compare", "compute"]
