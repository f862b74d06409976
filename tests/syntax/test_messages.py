"""What is said about wrong texts: every case of ``messages.txt``, a text with its findings behind it.

A finding is a line ``! line:column CODE message | help``; cases are apart by ``----``. After a change of messages,
rewrite the file with ``SPECC_UPDATE_GOLDENS=1 pytest tests/syntax/test_messages.py``, and read the difference.
How findings look as a whole is shown in ``tests/golden/bad/E110``.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from syntax_trees import findings

FILE = Path(__file__).parent / "messages.txt"
CASES = FILE.read_text(encoding="utf-8").split("----\n")


def text_of(case: str) -> str:
    return "".join(line for line in case.splitlines(keepends=True) if not line.startswith("! "))


def with_findings(case: str) -> str:
    text = text_of(case)
    return text + "".join(f"! {finding}\n" for finding in findings(text))


@pytest.mark.parametrize("case", CASES, ids=lambda c: " ".join(text_of(c).split())[:40])
def test_message(case: str) -> None:
    if not os.environ.get("SPECC_UPDATE_GOLDENS"):
        assert with_findings(case) == case


def test_every_case_is_wrong() -> None:
    if os.environ.get("SPECC_UPDATE_GOLDENS"):
        FILE.write_text("----\n".join(map(with_findings, CASES)), encoding="utf-8")
    assert all("\n! " in case for case in FILE.read_text(encoding="utf-8").split("----\n"))


def test_no_case_is_left_without_words() -> None:
    """``can't stand here`` is what is said when nothing better is known: few of the common mistakes come to that."""
    unexplained = [c for c in CASES if "can't stand here" in c]
    assert len(unexplained) <= len(CASES) // 20, "\n".join(unexplained)
