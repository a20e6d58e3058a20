"""Who looks: local users, log-in by OpenID Connect, sessions, roles and scope (5-operation.md)."""
