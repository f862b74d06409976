"""What is done about data that aren't as they should be."""

from __future__ import annotations

from math import isfinite
from typing import Any, Final

from specc.catalogue.declare import Declaration, Param, Value, Word
from specc.catalogue.params import Name, Number, Optional, Tuple
from specc.diagnostics.diagnostic import did_you_mean


class Rule(Declaration, abstract=True):
    """What is done about rows that can't be used."""

    kind = "rule"


class Skip(Rule):
    """Leaves out rows that can't be used, as long as they are few: each is counted and told with file and line.

    A row can't be used where it is too short or too long, a number or a class is missing or none, or its picture or
    text can't be read. What is left out is said in the log and kept in ``run.json``.
    """

    max = Number(0.01, low=0.0, high=1.0, open_high=True, doc="largest share of the rows that may be left out")


STRATEGIES: Final = ("mean", "median", "most_frequent")
"""What a missing value may be, learned from the training split; the names are those of scikit-learn."""


class FillValue(Param[Any]):
    """What stands in the place of a missing value: learned from the column, or a number or quoted text."""

    expects = "mean, median, most_frequent, a number or a quoted text"
    words = STRATEGIES

    def accept(self, value: Value) -> Any:
        if isinstance(value, Word) and value not in STRATEGIES:
            raise self.refuse(value, help=did_you_mean(value, STRATEGIES))
        if isinstance(value, str):
            return str(value)
        if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value):
            raise self.refuse(value)
        return float(value)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(STRATEGIES)}, {"type": "number"}, {"type": "string"}]}


class Filling(Declaration, abstract=True):
    """What stands in the place of missing values."""

    kind = "filling"


class Fill(Filling):
    """Fills the missing values of input columns: with a number or text, or with what the training split says.

    ``mean`` and ``median`` are of the numbers of a column, ``most_frequent`` of numbers or texts (of several the
    smallest). They are learned from the training split only, and are numbers and texts in the artifact, so that
    prediction fills with the same. A target is never filled. Source of the names:
    https://scikit-learn.org/stable/modules/generated/sklearn.impute.SimpleImputer.html
    """

    value = FillValue(doc="what stands in the place of a missing value")
    columns = Optional(
        Tuple(Name(), at_least=1, single=True),
        doc="the columns; none for all that have no `Fill` of their own and hold what the value is",
    )
