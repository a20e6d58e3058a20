"""Sends a package to the portal's loader and follows it to the end (specification 4-portal.md, «Sending»).

`sender.send_package` is the whole of it; `outbox` reads packages, `journal` remembers what became of each file,
`order` says what may go out next, `client` (the loader v2) and `upload_service` (the older v1) speak HTTP through
`calls`, `report` says what waits, `delivered` notes what the region has loaded itself. DuckDB is never touched here.
"""
