"""What is done about data that aren't as they should be."""

from __future__ import annotations

from specc.catalogue.declare import Declaration
from specc.catalogue.params import Number


class Rule(Declaration, abstract=True):
    """What is done about rows that can't be used."""

    kind = "rule"


class Skip(Rule):
    """Leaves out rows that can't be used, as long as they are few: each is counted and told with file and line.

    A row can't be used where it is too short or too long, a number or a class is missing or none, or its picture or
    text can't be read. What is left out is said in the log and kept in ``run.json``.
    """

    max = Number(0.01, low=0.0, high=1.0, open_high=True, doc="largest share of the rows that may be left out")
