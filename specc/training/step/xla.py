"""Whether TensorFlow really compiles by XLA what it is told to: it doesn't always say so."""

from __future__ import annotations


def why_lost() -> str | None:
    """Why ``jit_compile=True`` does nothing in this process; None where it compiles.

    Where functions are run eagerly, TensorFlow takes another way without a word. An operation that XLA has no kernel
    for tells: compiled, it must be refused.
    """
    import tensorflow as tf

    try:
        tf.function(tf.strings.as_string, jit_compile=True, autograph=False)(tf.ones((1,)))
    except tf.errors.OpError:
        return None
    if tf.config.functions_run_eagerly():
        return "functions are run eagerly, by `tf.config.run_functions_eagerly`"
    return "TensorFlow takes another way, and doesn't say why"
