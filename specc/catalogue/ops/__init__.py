"""Functions of tensors, named and ordered as those of ``keras.ops``; the language also writes some as operators.

The batch axis is implicit: what Keras would do over it (``mean`` without an axis) is done over the axes of one
example, and arguments whose default in Keras is the batch axis have none here.
"""
