"""specc: a compiler for `.model` files."""

__version__ = "0.1.0"
