"""Examples for training and prediction, as NumPy arrays by the names of a model's inputs and outputs."""

from specc.data.load import load
from specc.data.predict import load_inputs
from specc.data.split import Dataset, Split

__all__ = ["Dataset", "Split", "load", "load_inputs"]
