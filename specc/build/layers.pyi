"""Written by `python -m specc.build.stubs`."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from specc.build.objects import (
    Constraint,
    Initializer,
    Regularizer,
    Size,
)
from specc.build.values import Layer, ManyLayer

_Activation: TypeAlias = Literal[
    "celu",
    "elu",
    "exponential",
    "gelu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
]
_Initializer: TypeAlias = Literal[
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "uniform",
    "variance_scaling",
    "zeros",
]
_Window: TypeAlias = Literal[
    "barthann",
    "bartlett",
    "blackman",
    "blackmanharris",
    "bohman",
    "boxcar",
    "cosine",
    "exponential",
    "flattop",
    "hamming",
    "hann",
    "lanczos",
    "nuttall",
    "parzen",
    "taylor",
    "triang",
    "tukey",
]

class Activation(Layer):
    """Applies a named activation function."""
    def __init__(
        self,
        activation: _Activation,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class ActivityRegularization(Layer):
    """Adds a penalty on its input to the loss and returns the input."""
    def __init__(
        self,
        l1: float = 0.0,
        l2: float = 0.0,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class AdaptiveAveragePooling1D(Layer):
    """Takes the mean of each of ``output_size`` windows along one axis."""
    def __init__(
        self,
        output_size: Size | Sequence[Size],
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class AdaptiveAveragePooling2D(Layer):
    """Takes the mean of each of ``output_size`` windows along two axes."""
    def __init__(
        self,
        output_size: Size | Sequence[Size],
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class AdaptiveAveragePooling3D(Layer):
    """Takes the mean of each of ``output_size`` windows along three axes."""
    def __init__(
        self,
        output_size: Size | Sequence[Size],
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class AdaptiveMaxPooling1D(Layer):
    """Takes the greatest value of each of ``output_size`` windows along one axis."""
    def __init__(
        self,
        output_size: Size | Sequence[Size],
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class AdaptiveMaxPooling2D(Layer):
    """Takes the greatest value of each of ``output_size`` windows along two axes."""
    def __init__(
        self,
        output_size: Size | Sequence[Size],
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class AdaptiveMaxPooling3D(Layer):
    """Takes the greatest value of each of ``output_size`` windows along three axes."""
    def __init__(
        self,
        output_size: Size | Sequence[Size],
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Add(Layer):
    """Adds tensors element by element."""
    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class AdditiveAttention(Layer):
    """Attends by sums: ``softmax(sum(scale * tanh(query + key))) @ value``."""
    def __init__(
        self,
        use_scale: bool = True,
        dropout: float = 0.0,
        use_causal_mask: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class AlphaDropout(Layer):
    """Dropout that keeps mean and variance, for networks of ``selu``."""
    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[Size | None] | None = None,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Attention(Layer):
    """Attends by dot products: ``softmax(query @ key^T) @ value``."""
    def __init__(
        self,
        use_scale: bool = False,
        score_mode: Literal["dot", "concat"] = "dot",
        dropout: float = 0.0,
        seed: Size | None = None,
        use_causal_mask: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class AugMix(Layer):
    """Mixes pictures with copies that went through chains of changes."""
    def __init__(
        self,
        value_range: Sequence[float] = (0.0, 255.0),
        num_chains: Size = 3,
        chain_depth: Size = 3,
        factor: float | Sequence[float] = 0.3,
        alpha: float = 1.0,
        all_ops: bool = True,
        interpolation: Literal["bilinear", "nearest"] = "bilinear",
        seed: Size | None = None,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class AutoContrast(Layer):
    """Spreads each channel of a picture over the whole range, at inference too: ``(x - min) / (max - min)``, scaled."""
    def __init__(
        self,
        value_range: Sequence[float] = (0.0, 255.0),
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Average(Layer):
    """Takes the mean of tensors, element by element."""
    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class AveragePooling1D(Layer):
    """Takes the mean of each window along one axis."""
    def __init__(
        self,
        pool_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] | None = None,
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class AveragePooling2D(Layer):
    """Takes the mean of each window along two axes."""
    def __init__(
        self,
        pool_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] | None = None,
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class AveragePooling3D(Layer):
    """Takes the mean of each window along three axes."""
    def __init__(
        self,
        pool_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] | None = None,
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class BatchNormalization(Layer):
    """Brings each channel to mean 0 and variance 1 over the batch; at inference, by moving means."""
    def __init__(
        self,
        axis: Size = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: _Initializer | Initializer | None = "zeros",
        gamma_initializer: _Initializer | Initializer | None = "ones",
        moving_mean_initializer: _Initializer | Initializer | None = "zeros",
        moving_variance_initializer: _Initializer | Initializer | None = "ones",
        beta_regularizer: Regularizer | None = None,
        gamma_regularizer: Regularizer | None = None,
        beta_constraint: Constraint | None = None,
        gamma_constraint: Constraint | None = None,
        renorm: bool = False,
        renorm_clipping: Mapping[str, float] | None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Bidirectional(ManyLayer):
    """Runs a recurrent layer forwards and another one backwards, and merges what they return."""
    def __init__(
        self,
        layer: Layer | ManyLayer,
        merge_mode: Literal["concat", "sum", "mul", "ave"] | None = "concat",
        *,
        backward_layer: Layer | ManyLayer | None = None,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class CategoryEncoding(Layer):
    """Encodes integers as numbers of 0 and 1, or counts them."""
    def __init__(
        self,
        num_tokens: Size,
        output_mode: Literal["multi_hot", "one_hot", "count"] = "multi_hot",
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class CenterCrop(Layer):
    """Cuts the middle out of pictures; a smaller picture is cut to the same aspect ratio and made larger."""
    def __init__(
        self,
        height: Size,
        width: Size,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Concatenate(Layer):
    """Puts tensors behind each other along an axis."""
    def __init__(
        self,
        axis: Size = -1,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class ContrastLimitedAdaptiveHistogramEqualization(Layer):
    """Equalizes each tile of a picture on its own, at inference too (CLAHE)."""
    def __init__(
        self,
        value_range: Sequence[float] = (0.0, 255.0),
        clip_limit: float = 4.0,
        tile_grid_size: Size | Sequence[Size] = (8, 8),
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Conv1D(Layer):
    """Convolves along one axis, such as time."""
    def __init__(
        self,
        filters: Size,
        kernel_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] = (1,),
        padding: Literal["valid", "same", "causal"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        dilation_rate: Size | Sequence[Size] = (1,),
        groups: Size = 1,
        activation: _Activation | None = None,
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        kernel_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Conv1DTranspose(Layer):
    """Spreads a sequence along its axis; with strides it gets longer."""
    def __init__(
        self,
        filters: Size,
        kernel_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] = (1,),
        padding: Literal["valid", "same"] = "valid",
        output_padding: Size | Sequence[Size] | None = None,
        data_format: Literal["channels_last"] | None = None,
        dilation_rate: Size | Sequence[Size] = (1,),
        activation: _Activation | None = None,
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        kernel_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Conv2D(Layer):
    """Convolves along two axes, such as a picture's."""
    def __init__(
        self,
        filters: Size,
        kernel_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] = (1, 1),
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        dilation_rate: Size | Sequence[Size] = (1, 1),
        groups: Size = 1,
        activation: _Activation | None = None,
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        kernel_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Conv2DTranspose(Layer):
    """Spreads a picture along two axes; with strides it gets larger."""
    def __init__(
        self,
        filters: Size,
        kernel_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] = (1, 1),
        padding: Literal["valid", "same"] = "valid",
        output_padding: Size | Sequence[Size] | None = None,
        data_format: Literal["channels_last"] | None = None,
        dilation_rate: Size | Sequence[Size] = (1, 1),
        activation: _Activation | None = None,
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        kernel_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Conv3D(Layer):
    """Convolves along three axes, such as a volume's or a film's."""
    def __init__(
        self,
        filters: Size,
        kernel_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] = (1, 1, 1),
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        dilation_rate: Size | Sequence[Size] = (1, 1, 1),
        groups: Size = 1,
        activation: _Activation | None = None,
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        kernel_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Conv3DTranspose(Layer):
    """Spreads a volume along three axes; with strides it gets larger."""
    def __init__(
        self,
        filters: Size,
        kernel_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] = (1, 1, 1),
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        output_padding: Size | Sequence[Size] | None = None,
        dilation_rate: Size | Sequence[Size] = (1, 1, 1),
        activation: _Activation | None = None,
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        kernel_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class ConvLSTM1D(ManyLayer):
    """An LSTM over sequences of rows."""
    def __init__(
        self,
        filters: Size,
        kernel_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] = (1,),
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        dilation_rate: Size | Sequence[Size] = (1,),
        activation: _Activation | None = "tanh",
        recurrent_activation: _Activation | None = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        recurrent_initializer: _Initializer | Initializer | None = "orthogonal",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Regularizer | None = None,
        recurrent_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        recurrent_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Size | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class ConvLSTM2D(ManyLayer):
    """An LSTM over films."""
    def __init__(
        self,
        filters: Size,
        kernel_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] = (1, 1),
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        dilation_rate: Size | Sequence[Size] = (1, 1),
        activation: _Activation | None = "tanh",
        recurrent_activation: _Activation | None = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        recurrent_initializer: _Initializer | Initializer | None = "orthogonal",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Regularizer | None = None,
        recurrent_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        recurrent_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Size | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class ConvLSTM3D(ManyLayer):
    """An LSTM over sequences of volumes."""
    def __init__(
        self,
        filters: Size,
        kernel_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] = (1, 1, 1),
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        dilation_rate: Size | Sequence[Size] = (1, 1, 1),
        activation: _Activation | None = "tanh",
        recurrent_activation: _Activation | None = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        recurrent_initializer: _Initializer | Initializer | None = "orthogonal",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Regularizer | None = None,
        recurrent_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        recurrent_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Size | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Cropping1D(Layer):
    """Cuts steps from the start and end of a sequence."""
    def __init__(
        self,
        cropping: Size | Sequence[Size | Sequence[Size]] = ((1, 1),),
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Cropping2D(Layer):
    """Cuts a border from a picture."""
    def __init__(
        self,
        cropping: Size | Sequence[Size | Sequence[Size]] = ((0, 0), (0, 0)),
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Cropping3D(Layer):
    """Cuts a border from a volume."""
    def __init__(
        self,
        cropping: Size | Sequence[Size | Sequence[Size]] = ((1, 1), (1, 1), (1, 1)),
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class CutMix(Layer):
    """Puts a rectangle of another picture of the batch into each; targets are mixed by their shares of the area."""
    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        seed: Size | None = None,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Dense(Layer):
    """Multiplies the last axis by a matrix: ``activation(x @ kernel + bias)``."""
    def __init__(
        self,
        units: Size,
        activation: _Activation | None = None,
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        kernel_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class DepthwiseConv1D(Layer):
    """Convolves each channel on its own along one axis."""
    def __init__(
        self,
        kernel_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] = (1,),
        padding: Literal["valid", "same"] = "valid",
        depth_multiplier: Size = 1,
        data_format: Literal["channels_last"] | None = None,
        dilation_rate: Size | Sequence[Size] = (1,),
        activation: _Activation | None = None,
        use_bias: bool = True,
        depthwise_initializer: _Initializer | Initializer | None = "glorot_uniform",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        depthwise_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        depthwise_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class DepthwiseConv2D(Layer):
    """Convolves each channel on its own along two axes."""
    def __init__(
        self,
        kernel_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] = (1, 1),
        padding: Literal["valid", "same"] = "valid",
        depth_multiplier: Size = 1,
        data_format: Literal["channels_last"] | None = None,
        dilation_rate: Size | Sequence[Size] = (1, 1),
        activation: _Activation | None = None,
        use_bias: bool = True,
        depthwise_initializer: _Initializer | Initializer | None = "glorot_uniform",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        depthwise_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        depthwise_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Discretization(Layer):
    """Sorts numbers into bins and gives the number of the bin, or its code."""
    def __init__(
        self,
        bin_boundaries: Sequence[float] | None = None,
        num_bins: Size | None = None,
        epsilon: float = 0.01,
        output_mode: Literal["int", "one_hot", "multi_hot", "count"] = "int",
        sparse: bool = False,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Dot(Layer):
    """Sums products along one axis of each of two tensors."""
    def __init__(
        self,
        axes: Size | Sequence[Size],
        normalize: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Dropout(Layer):
    """Sets a fraction of the values to 0 while training and scales the others up by ``1 / (1 - rate)``."""
    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[Size | None] | None = None,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class ELU(Layer):
    """Bends negative values: ``x`` where ``x > 0``, else ``alpha * (exp(x) - 1)``."""
    def __init__(
        self,
        alpha: float = 1.0,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class EinsumDense(Layer):
    """Multiplies by a kernel as an einsum equation says: ``activation(einsum(equation, x, kernel) + bias)``."""
    def __init__(
        self,
        equation: str,
        output_shape: Size | Sequence[Size | None] | None,
        activation: _Activation | None = None,
        bias_axes: str | None = None,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        kernel_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Embedding(Layer):
    """Looks up a learned vector for each integer."""
    def __init__(
        self,
        input_dim: Size,
        output_dim: Size,
        embeddings_initializer: _Initializer | Initializer | None = "uniform",
        embeddings_regularizer: Regularizer | None = None,
        embeddings_constraint: Constraint | None = None,
        mask_zero: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Equalization(Layer):
    """Spreads the values of each channel so that all are about equally frequent, while training only."""
    def __init__(
        self,
        value_range: Sequence[float] = (0.0, 255.0),
        bins: Size = 256,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Flatten(Layer):
    """Puts all axes of an example into one."""
    def __init__(
        self,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class GRU(ManyLayer):
    """Keeps a memory behind two gates: what to reset, what to update."""
    def __init__(
        self,
        units: Size,
        activation: _Activation | None = "tanh",
        recurrent_activation: _Activation | None = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        recurrent_initializer: _Initializer | Initializer | None = "orthogonal",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        kernel_regularizer: Regularizer | None = None,
        recurrent_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        recurrent_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Size | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: Literal["auto"] | bool = "auto",
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class GRUCell(ManyLayer):
    """One step of `GRU`."""
    def __init__(
        self,
        units: Size,
        activation: _Activation | None = "tanh",
        recurrent_activation: _Activation | None = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        recurrent_initializer: _Initializer | Initializer | None = "orthogonal",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        kernel_regularizer: Regularizer | None = None,
        recurrent_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        recurrent_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class GaussianDropout(Layer):
    """Multiplies by normal noise of mean 1 and variance ``rate / (1 - rate)`` while training."""
    def __init__(
        self,
        rate: float,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class GaussianNoise(Layer):
    """Adds normal noise of mean 0 while training."""
    def __init__(
        self,
        stddev: float,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class GlobalAveragePooling1D(Layer):
    """Takes the mean of each channel over one axis."""
    def __init__(
        self,
        data_format: Literal["channels_last"] | None = None,
        keepdims: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class GlobalAveragePooling2D(Layer):
    """Takes the mean of each channel over two axes."""
    def __init__(
        self,
        data_format: Literal["channels_last"] | None = None,
        keepdims: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class GlobalAveragePooling3D(Layer):
    """Takes the mean of each channel over three axes."""
    def __init__(
        self,
        data_format: Literal["channels_last"] | None = None,
        keepdims: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class GlobalMaxPooling1D(Layer):
    """Takes the greatest value of each channel over one axis."""
    def __init__(
        self,
        data_format: Literal["channels_last"] | None = None,
        keepdims: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class GlobalMaxPooling2D(Layer):
    """Takes the greatest value of each channel over two axes."""
    def __init__(
        self,
        data_format: Literal["channels_last"] | None = None,
        keepdims: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class GlobalMaxPooling3D(Layer):
    """Takes the greatest value of each channel over three axes."""
    def __init__(
        self,
        data_format: Literal["channels_last"] | None = None,
        keepdims: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class GroupNormalization(Layer):
    """Brings groups of channels of each example to mean 0 and variance 1."""
    def __init__(
        self,
        groups: Size = 32,
        axis: Size = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: _Initializer | Initializer | None = "zeros",
        gamma_initializer: _Initializer | Initializer | None = "ones",
        beta_regularizer: Regularizer | None = None,
        gamma_regularizer: Regularizer | None = None,
        beta_constraint: Constraint | None = None,
        gamma_constraint: Constraint | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class GroupQueryAttention(Layer):
    """Attends like `MultiHeadAttention`, with fewer heads of keys and values than of queries."""
    def __init__(
        self,
        head_dim: Size,
        num_query_heads: Size,
        num_key_value_heads: Size,
        dropout: float = 0.0,
        use_bias: bool = True,
        sliding_window: Size | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        kernel_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        use_gate: bool = False,
        seed: Size | None = None,
        use_causal_mask: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class HashedCrossing(Layer):
    """Numbers pairs of categories by a hash."""
    def __init__(
        self,
        num_bins: Size,
        output_mode: Literal["int", "one_hot"] = "int",
        sparse: bool = False,
        *,
        dtype: Literal["int32", "int64", "float16", "bfloat16", "float32", "float64"] | None = None,
        name: str | None = None,
    ) -> None: ...

class Hashing(Layer):
    """Numbers texts or integers by a hash."""
    def __init__(
        self,
        num_bins: Size,
        mask_value: Size | str | None = None,
        salt: Size | Sequence[Size] | None = None,
        output_mode: Literal["int", "one_hot", "multi_hot", "count"] = "int",
        sparse: bool = False,
        *,
        dtype: Literal["int32", "int64", "float16", "bfloat16", "float32", "float64"] | None = None,
        name: str | None = None,
        trainable: bool = True,
    ) -> None: ...

class Identity(Layer):
    """Returns its input."""
    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class IntegerLookup(Layer):
    """Numbers integers by their place in a vocabulary."""
    def __init__(
        self,
        max_tokens: Size | None = None,
        num_oov_indices: Size = 1,
        mask_token: Size | None = None,
        oov_token: Size | None = -1,
        vocabulary: Sequence[Size] | None = None,
        vocabulary_dtype: Literal["int64"] = "int64",
        idf_weights: Sequence[float] | None = None,
        invert: bool = False,
        output_mode: Literal["int", "one_hot", "multi_hot", "count", "tf_idf"] = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: Literal["floormod", "farmhash"] = "floormod",
        salt: Size | Sequence[Size] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
    ) -> None: ...

class LSTM(ManyLayer):
    """Keeps a long memory behind gates: what to let in, what to forget, what to show."""
    def __init__(
        self,
        units: Size,
        activation: _Activation | None = "tanh",
        recurrent_activation: _Activation | None = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        recurrent_initializer: _Initializer | Initializer | None = "orthogonal",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Regularizer | None = None,
        recurrent_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        recurrent_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Size | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Literal["auto"] | bool = "auto",
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class LSTMCell(ManyLayer):
    """One step of `LSTM`."""
    def __init__(
        self,
        units: Size,
        activation: _Activation | None = "tanh",
        recurrent_activation: _Activation | None = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        recurrent_initializer: _Initializer | Initializer | None = "orthogonal",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Regularizer | None = None,
        recurrent_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        recurrent_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class LayerNormalization(Layer):
    """Brings each example to mean 0 and variance 1 over its channels."""
    def __init__(
        self,
        axis: Size | Sequence[Size] = (-1,),
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: _Initializer | Initializer | None = "zeros",
        gamma_initializer: _Initializer | Initializer | None = "ones",
        beta_regularizer: Regularizer | None = None,
        gamma_regularizer: Regularizer | None = None,
        beta_constraint: Constraint | None = None,
        gamma_constraint: Constraint | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class LeakyReLU(Layer):
    """Shrinks negative values: ``x`` where ``x >= 0``, else ``negative_slope * x``."""
    def __init__(
        self,
        negative_slope: float = 0.3,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Masking(Layer):
    """Marks steps whose values all are ``mask_value`` as padding, which later layers skip."""
    def __init__(
        self,
        mask_value: float = 0.0,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class MaxPooling1D(Layer):
    """Takes the greatest value of each window along one axis."""
    def __init__(
        self,
        pool_size: Size | Sequence[Size] = (2,),
        strides: Size | Sequence[Size] | None = None,
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class MaxPooling2D(Layer):
    """Takes the greatest value of each window along two axes."""
    def __init__(
        self,
        pool_size: Size | Sequence[Size] = (2, 2),
        strides: Size | Sequence[Size] | None = None,
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class MaxPooling3D(Layer):
    """Takes the greatest value of each window along three axes."""
    def __init__(
        self,
        pool_size: Size | Sequence[Size] = (2, 2, 2),
        strides: Size | Sequence[Size] | None = None,
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Maximum(Layer):
    """Takes the greatest of tensors, element by element."""
    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class MelSpectrogram(Layer):
    """The spectrum of sound over time in bands that people hear as equally wide."""
    def __init__(
        self,
        fft_length: Size = 2048,
        sequence_stride: Size = 512,
        sequence_length: Size | None = None,
        window: Literal["hann", "hamming"] | Sequence[float] | None = "hann",
        sampling_rate: Size = 16000,
        num_mel_bins: Size = 128,
        min_freq: float = 20.0,
        max_freq: float | None = None,
        power_to_db: bool = True,
        top_db: float = 80.0,
        mag_exp: float = 2.0,
        min_power: float = 1e-10,
        ref_power: float = 1.0,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Minimum(Layer):
    """Takes the least of tensors, element by element."""
    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class MixUp(Layer):
    """Mixes each picture with another one of the batch: ``w * a + (1 - w) * b``; and their targets alike."""
    def __init__(
        self,
        alpha: float = 0.2,
        data_format: Literal["channels_last"] | None = None,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class MultiHeadAttention(Layer):
    """Attends several times side by side, each head in its own learned projection."""
    def __init__(
        self,
        num_heads: Size,
        key_dim: Size,
        value_dim: Size | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Size | Sequence[Size] | None = None,
        attention_axes: Size | Sequence[Size] | None = None,
        sliding_window: Size | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        kernel_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        use_gate: bool = False,
        seed: Size | None = None,
        use_causal_mask: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Multiply(Layer):
    """Multiplies tensors element by element."""
    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Normalization(Layer):
    """Brings values to mean 0 and variance 1: ``(x - mean) / max(sqrt(variance), 1e-7)``."""
    def __init__(
        self,
        axis: Size | Sequence[Size] | None = (-1,),
        mean: float | Sequence[float] | Sequence[Sequence[float]] | None = None,
        variance: float | Sequence[float] | Sequence[Sequence[float]] | None = None,
        invert: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class PReLU(Layer):
    """Shrinks negative values by a learned slope: ``x`` where ``x >= 0``, else ``alpha * x``."""
    def __init__(
        self,
        alpha_initializer: _Initializer | Initializer | None = "zeros",
        alpha_regularizer: Regularizer | None = None,
        alpha_constraint: Constraint | None = None,
        shared_axes: Size | Sequence[Size] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Permute(Layer):
    """Puts the axes of an example into another order."""
    def __init__(
        self,
        dims: Sequence[Size],
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Pipeline(Layer):
    """Applies layers one after the other."""
    def __init__(self, layers: Sequence[Layer | ManyLayer], *, name: str | None = None) -> None: ...

class RMSNormalization(Layer):
    """Brings the root of the mean square over its channels to 1, without a mean taken off."""
    def __init__(
        self,
        axis: Size = -1,
        epsilon: float = 1e-06,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RNN(ManyLayer):
    """Takes a cell over the steps of a sequence; a list of cells is one after another, as in `StackedRNNCells`."""
    def __init__(
        self,
        cell: Layer | ManyLayer | Sequence[Layer | ManyLayer],
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandAugment(Layer):
    """Applies a few changes of shape and color, drawn anew for each batch."""
    def __init__(
        self,
        value_range: Sequence[float] = (0.0, 255.0),
        num_ops: Size = 2,
        factor: float | Sequence[float] = 0.5,
        interpolation: Literal["bilinear", "nearest"] = "bilinear",
        seed: Size | None = None,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomBrightness(Layer):
    """Makes pictures lighter or darker by chance."""
    def __init__(
        self,
        factor: float | Sequence[float],
        value_range: Sequence[float] = (0.0, 255.0),
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomColorDegeneration(Layer):
    """Mixes pictures with their grey version by chance: ``x + c * (grey - x)``."""
    def __init__(
        self,
        factor: float | Sequence[float],
        value_range: Sequence[float] = (0.0, 255.0),
        data_format: Literal["channels_last"] | None = None,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomColorJitter(Layer):
    """Changes brightness, contrast, saturation and hue of pictures by chance, one after the other."""
    def __init__(
        self,
        value_range: Sequence[float] = (0.0, 255.0),
        brightness_factor: float | Sequence[float] | None = None,
        contrast_factor: float | Sequence[float] | None = None,
        saturation_factor: float | Sequence[float] | None = None,
        hue_factor: float | Sequence[float] | None = None,
        seed: Size | None = None,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomContrast(Layer):
    """Changes the contrast of pictures by chance: ``(x - mean) * c + mean`` for each channel."""
    def __init__(
        self,
        factor: float | Sequence[float],
        value_range: Sequence[float] = (0.0, 255.0),
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomCrop(Layer):
    """Cuts a random part out of pictures while training; at inference they stay as they are."""
    def __init__(
        self,
        height: Size,
        width: Size,
        seed: Size | None = None,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomElasticTransform(Layer):
    """Bends pictures by chance, as if they were on rubber."""
    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        scale: float | Sequence[float] = 1.0,
        interpolation: Literal["bilinear", "nearest"] = "bilinear",
        fill_mode: Literal["reflect", "wrap", "constant", "nearest"] = "reflect",
        fill_value: float = 0.0,
        value_range: Sequence[float] = (0.0, 255.0),
        seed: Size | None = None,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomErasing(Layer):
    """Covers a rectangle of pictures by chance."""
    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        scale: float | Sequence[float] = (0.02, 0.33),
        fill_value: float | None = None,
        value_range: Sequence[float] = (0.0, 255.0),
        seed: Size | None = None,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomFlip(Layer):
    """Mirrors pictures by chance."""
    def __init__(
        self,
        mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = "horizontal_and_vertical",
        seed: Size | None = None,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomGaussianBlur(Layer):
    """Blurs pictures by chance."""
    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        kernel_size: Size | Sequence[Size] = 3,
        sigma: float | Sequence[float] = 1.0,
        value_range: Sequence[float] = (0.0, 255.0),
        data_format: Literal["channels_last"] | None = None,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomGrayscale(Layer):
    """Makes pictures grey by chance; they keep their channels."""
    def __init__(
        self,
        factor: float = 0.5,
        data_format: Literal["channels_last"] | None = None,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomHue(Layer):
    """Turns the hues of pictures by chance."""
    def __init__(
        self,
        factor: float | Sequence[float],
        value_range: Sequence[float] = (0.0, 255.0),
        data_format: Literal["channels_last"] | None = None,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomInvert(Layer):
    """Inverts pictures by chance: the greatest value minus each value."""
    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        value_range: Sequence[float] = (0.0, 255.0),
        seed: Size | None = None,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomPerspective(Layer):
    """Shows pictures from the side by chance."""
    def __init__(
        self,
        factor: float | Sequence[float] = 1.0,
        scale: float = 1.0,
        interpolation: Literal["bilinear", "nearest"] = "bilinear",
        fill_value: float = 0.0,
        seed: Size | None = None,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomPosterization(Layer):
    """Leaves the first few bits of each value of pictures."""
    def __init__(
        self,
        factor: Size | Sequence[Size],
        value_range: Sequence[float] = (0.0, 255.0),
        data_format: Literal["channels_last"] | None = None,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomRotation(Layer):
    """Turns pictures by a random angle."""
    def __init__(
        self,
        factor: float | Sequence[float],
        fill_mode: Literal["reflect", "wrap", "constant", "nearest"] = "reflect",
        interpolation: Literal["bilinear", "nearest"] = "bilinear",
        seed: Size | None = None,
        fill_value: float = 0.0,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomSaturation(Layer):
    """Multiplies the saturation of pictures by ``c / (1 - c)``."""
    def __init__(
        self,
        factor: float | Sequence[float],
        value_range: Sequence[float] = (0.0, 255.0),
        data_format: Literal["channels_last"] | None = None,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomSharpness(Layer):
    """Makes pictures sharper or softer by chance."""
    def __init__(
        self,
        factor: float | Sequence[float],
        value_range: Sequence[float] = (0.0, 255.0),
        data_format: Literal["channels_last"] | None = None,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomShear(Layer):
    """Slants pictures by chance."""
    def __init__(
        self,
        x_factor: float | Sequence[float] = 0.0,
        y_factor: float | Sequence[float] = 0.0,
        interpolation: Literal["bilinear", "nearest"] = "bilinear",
        fill_mode: Literal["reflect", "wrap", "constant", "nearest"] = "reflect",
        fill_value: float = 0.0,
        data_format: Literal["channels_last"] | None = None,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomTranslation(Layer):
    """Moves pictures up, down and sideways by chance."""
    def __init__(
        self,
        height_factor: float | Sequence[float],
        width_factor: float | Sequence[float],
        fill_mode: Literal["reflect", "wrap", "constant", "nearest"] = "reflect",
        interpolation: Literal["bilinear", "nearest"] = "bilinear",
        seed: Size | None = None,
        fill_value: float = 0.0,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RandomZoom(Layer):
    """Zooms into pictures or out of them by chance."""
    def __init__(
        self,
        height_factor: float | Sequence[float],
        width_factor: float | Sequence[float] | None = None,
        fill_mode: Literal["reflect", "wrap", "constant", "nearest"] = "reflect",
        interpolation: Literal["bilinear", "nearest"] = "bilinear",
        seed: Size | None = None,
        fill_value: float = 0.0,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class ReLU(Layer):
    """Cuts negative values: ``max(x, 0)``, in general ``min(max(x, 0), max_value)`` above ``threshold``."""
    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class RepeatVector(Layer):
    """Repeats a vector as the steps of a sequence."""
    def __init__(
        self,
        n: Size,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Rescaling(Layer):
    """Multiplies and shifts values: ``x * scale + offset``."""
    def __init__(
        self,
        scale: float | Sequence[float],
        offset: float | Sequence[float] = 0.0,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Reshape(Layer):
    """Gives the elements of an example other axes, in the same order."""
    def __init__(
        self,
        target_shape: Sequence[Size],
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Resizing(Layer):
    """Brings pictures to one size."""
    def __init__(
        self,
        height: Size,
        width: Size,
        interpolation: Literal["bilinear", "nearest", "bicubic", "lanczos3", "lanczos5", "area"] = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: Literal["constant"] = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class ReversibleEmbedding(Layer):
    """An embedding that also goes back: from a vector to a score for each integer, by the same table."""
    def __init__(
        self,
        input_dim: Size,
        output_dim: Size,
        tie_weights: bool = True,
        embeddings_initializer: _Initializer | Initializer | None = "uniform",
        embeddings_regularizer: Regularizer | None = None,
        embeddings_constraint: Constraint | None = None,
        mask_zero: bool = False,
        reverse_dtype: Literal["float16", "bfloat16", "float32", "float64"] | None = None,
        logit_soft_cap: float | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class STFTSpectrogram(Layer):
    """The spectrum of sound over time by short Fourier transforms, whose kernels are weights."""
    def __init__(
        self,
        mode: Literal["log", "magnitude", "psd", "real", "imag", "angle", "stft"] = "log",
        frame_length: Size = 256,
        frame_step: Size | None = None,
        fft_length: Size | None = None,
        window: _Window | Sequence[float] | None = "hann",
        periodic: bool = False,
        scaling: Literal["density", "spectrum"] | None = "density",
        padding: Literal["valid", "same"] = "valid",
        expand_dims: bool = False,
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class SeparableConv1D(Layer):
    """Convolves each channel on its own along one axis, then mixes the channels."""
    def __init__(
        self,
        filters: Size,
        kernel_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] = (1,),
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        dilation_rate: Size | Sequence[Size] = (1,),
        depth_multiplier: Size = 1,
        activation: _Activation | None = None,
        use_bias: bool = True,
        depthwise_initializer: _Initializer | Initializer | None = "glorot_uniform",
        pointwise_initializer: _Initializer | Initializer | None = "glorot_uniform",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        depthwise_regularizer: Regularizer | None = None,
        pointwise_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        depthwise_constraint: Constraint | None = None,
        pointwise_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class SeparableConv2D(Layer):
    """Convolves each channel on its own along two axes, then mixes the channels."""
    def __init__(
        self,
        filters: Size,
        kernel_size: Size | Sequence[Size],
        strides: Size | Sequence[Size] = (1, 1),
        padding: Literal["valid", "same"] = "valid",
        data_format: Literal["channels_last"] | None = None,
        dilation_rate: Size | Sequence[Size] = (1, 1),
        depth_multiplier: Size = 1,
        activation: _Activation | None = None,
        use_bias: bool = True,
        depthwise_initializer: _Initializer | Initializer | None = "glorot_uniform",
        pointwise_initializer: _Initializer | Initializer | None = "glorot_uniform",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        depthwise_regularizer: Regularizer | None = None,
        pointwise_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        depthwise_constraint: Constraint | None = None,
        pointwise_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class SimpleRNN(ManyLayer):
    """Feeds its output back: ``h = activation(x @ kernel + h @ recurrent_kernel + bias)`` at each step."""
    def __init__(
        self,
        units: Size,
        activation: _Activation | None = "tanh",
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        recurrent_initializer: _Initializer | Initializer | None = "orthogonal",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        kernel_regularizer: Regularizer | None = None,
        recurrent_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        activity_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        recurrent_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class SimpleRNNCell(ManyLayer):
    """One step of `SimpleRNN`."""
    def __init__(
        self,
        units: Size,
        activation: _Activation | None = "tanh",
        use_bias: bool = True,
        kernel_initializer: _Initializer | Initializer | None = "glorot_uniform",
        recurrent_initializer: _Initializer | Initializer | None = "orthogonal",
        bias_initializer: _Initializer | Initializer | None = "zeros",
        kernel_regularizer: Regularizer | None = None,
        recurrent_regularizer: Regularizer | None = None,
        bias_regularizer: Regularizer | None = None,
        kernel_constraint: Constraint | None = None,
        recurrent_constraint: Constraint | None = None,
        bias_constraint: Constraint | None = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Softmax(Layer):
    """Makes probabilities along an axis: ``exp(x) / sum(exp(x))``."""
    def __init__(
        self,
        axis: Size = -1,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class Solarization(Layer):
    """Adds to the values of pictures, then inverts those from a threshold on, as film does in too much light."""
    def __init__(
        self,
        addition_factor: float | Sequence[float] = 0.0,
        threshold_factor: float | Sequence[float] = 0.0,
        value_range: Sequence[float] = (0.0, 255.0),
        seed: Size | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class SpatialDropout1D(Layer):
    """Sets whole channels of a sequence to 0 while training."""
    def __init__(
        self,
        rate: float,
        seed: Size | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class SpatialDropout2D(Layer):
    """Sets whole channels of a picture to 0 while training."""
    def __init__(
        self,
        rate: float,
        data_format: Literal["channels_last"] | None = None,
        seed: Size | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class SpatialDropout3D(Layer):
    """Sets whole channels of a volume to 0 while training."""
    def __init__(
        self,
        rate: float,
        data_format: Literal["channels_last"] | None = None,
        seed: Size | None = None,
        *,
        name: str | None = None,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class SpectralNormalization(Layer):
    """Divides the kernel of a layer by its largest singular value at each step of training."""
    def __init__(
        self,
        layer: Layer | ManyLayer,
        power_iterations: Size = 1,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class StackedRNNCells(ManyLayer):
    """Cells one after another, as one cell: each takes the output of the one before."""
    def __init__(
        self,
        cells: Sequence[Layer | ManyLayer],
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class StringLookup(Layer):
    """Numbers texts by their place in a vocabulary."""
    def __init__(
        self,
        max_tokens: Size | None = None,
        num_oov_indices: Size = 1,
        mask_token: str | None = None,
        oov_token: str | None = "[UNK]",
        vocabulary: Sequence[str] | None = None,
        idf_weights: Sequence[float] | None = None,
        invert: bool = False,
        output_mode: Literal["int", "one_hot", "multi_hot", "count", "tf_idf"] = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Size | Sequence[Size] | None = None,
        *,
        trainable: bool = True,
    ) -> None: ...

class Subtract(Layer):
    """Subtracts the second tensor from the first, element by element."""
    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class TextVectorization(Layer):
    """Splits texts into terms and numbers these by their place in a vocabulary."""
    def __init__(
        self,
        max_tokens: Size | None = None,
        standardize: Literal["lower_and_strip_punctuation", "lower", "strip_punctuation"]
        | None = "lower_and_strip_punctuation",
        split: Literal["whitespace", "character"] | None = "whitespace",
        ngrams: Size | Sequence[Size] | None = None,
        output_mode: Literal["int", "one_hot", "multi_hot", "count", "tf_idf"] = "int",
        output_sequence_length: Size | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Sequence[str] | None = None,
        idf_weights: Sequence[float] | None = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        *,
        name: str | None = None,
        trainable: bool = True,
    ) -> None: ...

class TimeDistributed(Layer):
    """Applies a layer to every step of a sequence, with the same weights."""
    def __init__(
        self,
        layer: Layer | ManyLayer,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class UnitNormalization(Layer):
    """Brings vectors to length 1."""
    def __init__(
        self,
        axis: Size | Sequence[Size] = (-1,),
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class UpSampling1D(Layer):
    """Repeats each step."""
    def __init__(
        self,
        size: Size = 2,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class UpSampling2D(Layer):
    """Makes a picture larger by whole factors."""
    def __init__(
        self,
        size: Size | Sequence[Size] = (2, 2),
        data_format: Literal["channels_last"] | None = None,
        interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"] = "nearest",
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class UpSampling3D(Layer):
    """Makes a volume larger by whole factors, by repeating its elements."""
    def __init__(
        self,
        size: Size | Sequence[Size] = (2, 2, 2),
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class ZeroPadding1D(Layer):
    """Adds zeros before and after a sequence."""
    def __init__(
        self,
        padding: Size | Sequence[Size | Sequence[Size]] = ((1, 1),),
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class ZeroPadding2D(Layer):
    """Adds a border of zeros to a picture."""
    def __init__(
        self,
        padding: Size | Sequence[Size | Sequence[Size]] = ((1, 1), (1, 1)),
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...

class ZeroPadding3D(Layer):
    """Adds zeros around a volume."""
    def __init__(
        self,
        padding: Size | Sequence[Size | Sequence[Size]] = ((1, 1), (1, 1), (1, 1)),
        data_format: Literal["channels_last"] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Literal["float16", "bfloat16", "float32", "float64", "mixed_bfloat16", "mixed_float16"] | None = None,
    ) -> None: ...
