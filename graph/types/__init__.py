"""The resource types of the graph, one a file: its GraphQL type, its relations, and its SPEC."""
