"""What an operator must mend before a command can run; errors of requests are in `models.errors`."""


class OperatorError(Exception):
    """A command cannot run in this installation, or with these options; the message says why and what to do."""
