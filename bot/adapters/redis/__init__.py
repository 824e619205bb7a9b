"""Redis: the audit ledger, the job queue and every store."""
