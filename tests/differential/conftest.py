"""The written cases and the comparison of one layer are those of `tests/catalogue`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "catalogue"))
