"""Backup and restore: the database and the files it names, as of one moment, in one folder that proves itself.

``manifest`` says what a backup holds and checks that it is whole; ``postgres`` and ``sqlite`` copy a database out and
in; ``media`` does the same with files; ``making`` and ``restoring`` put them together; ``keeping`` makes backups on
schedule and removes old ones.

Not in a backup: sessions (whoever holds the backup would be signed in), uploads that wait to be confirmed and exports
that wait to be fetched (kept no longer than needed, and a backup is kept for months).
"""
