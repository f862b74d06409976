"""Every limit of the compiler, in one table. Each is checked before work is spent on what it bounds."""

from __future__ import annotations

from typing import Final

SOURCE_BYTES: Final = 1 << 20
"""Largest source file, in bytes (raise it with ``--max-source``)."""

NESTING: Final = 64
"""Deepest nesting of brackets, blocks and calls."""

EXPANDED_LAYERS: Final = 100_000
"""Most layers a program may have after loops, repetition and blocks were expanded."""

STEPS: Final = 10 * EXPANDED_LAYERS
"""Most statements and passes of loops that are carried out."""

DIM: Final = 2**31 - 1
"""Largest size of one axis."""

RANK: Final = 32
"""Most axes of a declared type."""

TERMS: Final = 4_000
"""Most work in the multiplication of two sizes that hang on symbols, in parts of their formulas."""

FINDINGS: Final = 200
"""Most findings of one elaboration; it ends there."""

INTEGER: Final = 2**63 - 1
"""Largest magnitude of an integer literal or computed integer."""

MEMORY_BYTES: Final = 64 << 30
"""Budget for the weights of one model, in bytes."""

NAME_LENGTH: Final = 64
"""Longest identifier, in characters."""

LABEL: Final = 512
"""Longest name of a layer, with those of the blocks that it is in, in characters."""

IMPORT_DEPTH: Final = 32
"""Longest chain of imports."""

CASES: Final = 64
"""Most cases that the check of one block splits into."""
