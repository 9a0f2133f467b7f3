"""What is stored: tables, database, repository, revisions, jobs and events, identity, blobs."""
