"""The layers themselves, imported only to build a model."""

import keras


@keras.saving.register_keras_serializable("acme")
class ScaleBy(keras.layers.Layer):
    def __init__(self, initial=1.0, learned=True, **kwargs):
        super().__init__(**kwargs)
        self.initial, self.learned = initial, learned

    def build(self, shape):
        first = keras.initializers.Constant(self.initial)
        self.scale = self.add_weight(shape=(shape[-1],), initializer=first, trainable=self.learned, name="scale")

    def call(self, x):
        return x * self.scale

    def get_config(self):
        return {**super().get_config(), "initial": self.initial, "learned": self.learned}


@keras.saving.register_keras_serializable("acme")
class Outer(keras.layers.Layer):
    def call(self, inputs):
        x, z = inputs
        return keras.ops.expand_dims(x, -1) * keras.ops.expand_dims(z, -2)

    def compute_output_shape(self, shapes):
        return (*shapes[0], shapes[1][-1])
