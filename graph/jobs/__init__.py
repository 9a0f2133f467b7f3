"""Work that takes longer than a request: the queue in the database, the runner, its executors, and who listens."""
