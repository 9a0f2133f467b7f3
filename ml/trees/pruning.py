"""Cutting branches off a grown tree that promise no smaller error than the node they grow from."""

from ml.trees.nodes import Node, preorder


def prune(root: Node, below: float) -> None:
    """Makes a leaf of each node with fewer than `below` rows whose pessimistic error its branches do not reduce.

    The pessimistic error of a row is that of its node: for classes, what the Wilson bound leaves to 1; for numbers,
    the square of the expected error. Branches are judged after their own branches have been.
    """
    errors: dict[int, float] = {}
    for node in reversed([*preorder(root)]):
        own = _error(node)
        errors[id(node)] = own * node.count
        if node.split is None:
            continue
        passed = sum(child.count for child in node.children)
        kept = sum(errors[id(child)] for child in node.children) + own * (node.count - passed)
        if node.count < below and own * node.count <= kept:
            node.split, node.children = None, ()
        else:
            errors[id(node)] = kept


def _error(node: Node) -> float:
    if isinstance(node.output, str):
        return 1 - node.confidence
    return float(node.confidence) ** 2
