"""What can be asked of the graph, whoever asks: GraphQL fields and REST dialects call these functions and no others."""
