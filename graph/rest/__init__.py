"""REST dialects: each vendor's wire conventions, as thin translations onto the resolvers."""
