"""The append-only log of reports and decisions, on SQLite or PostgreSQL: docs/journal.md."""
