"""Reading an XLSX workbook in a process of its own, so that no file can take the loader's memory, or the loader.

`start.run` is the loader's side; everything else runs in the child, which imports nothing else of ours (a short start).
Does not belong here: the contract, typing, rejects.
"""
