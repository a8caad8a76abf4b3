"""Spreadsheets in and out: rosters that people send us, records that we file.

Reading happens in a child process that may be killed (security.md F14, T14); no module that the
child loads may import Django. Writing streams, keeps every cell as text and hashes the rows.
"""
