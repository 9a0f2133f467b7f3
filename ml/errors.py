"""What can be wrong with data or arguments, in terms of machine learning."""


class DataError(ValueError):
    """The data cannot be used as asked: unreadable file, empty result, wrong column type.

    `path` names the argument at fault where there is one, as a tuple of keys.
    """

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


class UnreadableError(DataError):
    """The bytes are not a table in any format that is read here, or not in the one that was named."""


class ArgumentError(DataError):
    """An argument is out of its range, of the wrong type, or does not fit the data."""
