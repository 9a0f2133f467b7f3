"""What is asked: the typed graph, its resolvers, jobs and dialects."""
