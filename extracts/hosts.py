"""Whether a host is this machine: asked by whoever sends something out or opens a port."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether only this machine is meant: `localhost`, or an address such as 127.0.0.1 or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
