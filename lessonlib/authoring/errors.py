"""The one exception of the build."""


class BuildError(Exception):
    """A lesson that cannot be built: the message says where, what is wrong and what to do."""
