"""Written by `python -m specc.build.stubs`."""

from specc.build.objects import Rule

class Skip(Rule):
    """Leaves out rows that can't be used, as long as they are few: each is counted and told with file and line."""
    def __init__(self, max: float = 0.01) -> None: ...
