"""What stops a run."""


class Trouble(Exception):
    """A sentence that says what is wrong and what to do."""
