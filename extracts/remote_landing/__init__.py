"""A landing zone on another machine: S3-compatible storage or SFTP, through fsspec (specification 1-extracts.md).

`address` says where it is, `access` with what it is opened; `zone` lists its deliveries and `fetching` brings one of
them here, as the folder that a local landing zone would hold. Nothing of fsspec, s3fs or paramiko is imported before a
session is opened: a local landing zone pays nothing.
"""
