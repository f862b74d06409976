"""Written by `python -m specc.build.stubs`."""

from collections.abc import Sequence

from specc.build.objects import (
    Optimizer,
    Schedule,
    Size,
)

class Adadelta(Optimizer):
    """Adagrad over a moving window, scaled by the size of the last steps."""
    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-07,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: Size | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: Size | None = None,
        *,
        name: str | None = None,
    ) -> None: ...

class Adafactor(Optimizer):
    """Adam with little memory: of a matrix's squared gradients only row and column sums are kept."""
    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 0.001,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: Size | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: Size | None = None,
        *,
        name: str | None = None,
    ) -> None: ...

class Adagrad(Optimizer):
    """Divides by the size of all gradients so far: ``a += g^2; w -= lr * g / sqrt(a + epsilon)``."""
    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-07,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: Size | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: Size | None = None,
        *,
        name: str | None = None,
    ) -> None: ...

class Adam(Optimizer):
    """Steps by moving averages of gradient and squared gradient: ``w -= lr * m / (sqrt(v) + epsilon)``."""
    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-07,
        amsgrad: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: Size | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: Size | None = None,
        *,
        name: str | None = None,
    ) -> None: ...

class AdamW(Optimizer):
    """Adam with weight decay that is apart from the gradient: ``w -= lr * (m / (sqrt(v) + epsilon) + decay * w)``."""
    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        weight_decay: float | None = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-07,
        amsgrad: bool = False,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: Size | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: Size | None = None,
        *,
        name: str | None = None,
    ) -> None: ...

class Adamax(Optimizer):
    """Adam with the largest gradient in place of the squared average: ``u = max(beta_2 * u, |g|); w -= lr * m / u``."""
    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-07,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: Size | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: Size | None = None,
        *,
        name: str | None = None,
    ) -> None: ...

class Ftrl(Optimizer):
    """Follows the regularized leader: many weights become exactly zero; for wide, sparse linear models."""
    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: Size | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: Size | None = None,
        *,
        name: str | None = None,
    ) -> None: ...

class Lamb(Optimizer):
    """Adam whose steps are scaled by the size of each weight tensor, for large batches."""
    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-07,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: Size | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: Size | None = None,
        *,
        name: str | None = None,
    ) -> None: ...

class Lion(Optimizer):
    """Steps by the sign of a moving average: ``w -= lr * sign(beta_1 * m + (1 - beta_1) * g)``."""
    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: Size | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: Size | None = None,
        *,
        name: str | None = None,
    ) -> None: ...

class Muon(Optimizer):
    """Momentum whose step is made orthogonal, for matrices; Adam for all other weights."""
    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float = 0.004,
        epsilon: float = 1e-07,
        weight_decay: float | None = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: Size | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: Size | None = None,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.775,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1.0,
        momentum: float = 0.95,
        ns_steps: Size = 5,
        nesterov: bool = True,
        rms_rate: float = 0.2,
        *,
        name: str | None = None,
    ) -> None: ...

class Nadam(Optimizer):
    """Adam with Nesterov momentum."""
    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-07,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: Size | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: Size | None = None,
        *,
        name: str | None = None,
    ) -> None: ...

class RMSprop(Optimizer):
    """Divides by a moving average of the gradient's size: ``v = rho * v + (1 - rho) * g^2; w -= lr * g / sqrt(v)``."""
    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-07,
        centered: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: Size | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: Size | None = None,
        *,
        name: str | None = None,
    ) -> None: ...

class SGD(Optimizer):
    """Gradient descent with momentum: ``v = momentum * v - lr * g; w += v``."""
    def __init__(
        self,
        learning_rate: float | Schedule = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: Size | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: Size | None = None,
        *,
        name: str | None = None,
    ) -> None: ...

class ScheduleFreeAdamW(Optimizer):
    """AdamW that needs no schedule: weights are averaged over all steps while it goes on."""
    def __init__(
        self,
        learning_rate: float | Schedule = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-08,
        warmup_steps: Size = 0,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: Size | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: Size | None = None,
        *,
        name: str | None = None,
    ) -> None: ...
