"""How much may come out of a file that packs its rows, as the settings say; its own word on it is not believed."""

from __future__ import annotations

from extracts.options import LoadOptions

#: What unpacks to no more than this is let through, however small it was.
HARMLESS_BYTES = 64 << 20


def excess(options: LoadOptions, *, packed: int, unpacked: int) -> str:
    """What is wrong with so many bytes from a file of so many, with the setting that says so; empty: nothing."""
    if unpacked > options.unpacked_gb << 30:
        return f"после распаковки больше {options.unpacked_gb} ГБ (настройка unpacked_gb)"
    if unpacked > max(HARMLESS_BYTES, packed * options.unpacked_ratio):
        return f"после распаковки больше в {options.unpacked_ratio} раз (настройка unpacked_ratio)"
    return ""
