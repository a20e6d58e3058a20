"""OneRoster 1.1 and 1.2 CSV exports as deliveries (docs/oneroster.md): tables.yaml says what is read, mapping.yaml and
sql/ what becomes of it.

Does not belong here: how CSV is read (readers), and how a row of the contract is typed (typed_copy).
"""
