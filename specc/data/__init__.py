"""Examples for training and prediction, as NumPy arrays by the names of a model's inputs and outputs."""
