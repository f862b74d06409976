"""What TensorFlow's profiler counts for a layer: floating-point operations of the frozen graph for one example."""

from typing import Any

from conformance import Case, batch_of, call, keras_layer

from specc.program.types import TensorType


def profiled(case: Case) -> int | None:
    """The operations that the profiler counts, 0 for those that it knows nothing of.

    None where the layer writes to a variable, such as the seed that it draws from.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    built = keras_layer(case.layer, case.types)
    call(case.layer, case.types, built, [batch_of(t) for t in case.types])
    quiet = {"training": False} if built._call_has_training_arg else {}
    named = {**case.layer.call_arguments(case.types), **quiet}
    function = tf.function(lambda *tensors: built(*case.layer.arranged(list(tensors)), **named))
    concrete = function.get_concrete_function(*map(_one, case.types))
    try:
        frozen = convert_variables_to_constants_v2(concrete)
    except ValueError as error:
        if "AssignVariableOp" not in str(error):
            raise
        return None
    options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
    found: Any = tf.compat.v1.profiler.profile(frozen.graph, options={**options, "output": "none"})
    return found.total_float_ops


def _one(type_: TensorType) -> Any:
    import tensorflow as tf

    return tf.TensorSpec((1, *type_.shape), type_.dtype)
