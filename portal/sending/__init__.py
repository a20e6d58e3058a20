"""Sends a package to the portal's loader and follows it to the end (specification 4-portal.md, «Sending»).

`sender.send_package` is the whole of it; `outbox` reads packages, `journal` remembers what became of each file,
`order` says what may go out next, `client` speaks HTTP, `report` says what waits. DuckDB is never touched here.
"""
