"""The `robust` command. No logic of its own."""


def main() -> int:
    """Run the command line tool."""
    raise NotImplementedError
