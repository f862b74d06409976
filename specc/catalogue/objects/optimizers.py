"""Optimizers, with Keras's names, arguments and defaults. ``g`` is the gradient, ``w`` a weight, ``lr`` the rate.

Source: https://keras.io/api/optimizers/ and the papers that each one names.
"""

from __future__ import annotations

from specc.catalogue.declare import Declaration, Refusal
from specc.catalogue.params import Either, Flag, Integer, Number, Object, Optional, Text, Tuple, fraction, positive
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS

_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")


def _learning_rate(default: float = 0.001) -> Either:
    return Either(
        Number(low=0.0, open_low=True),
        Object("schedule"),
        default=default,
        doc="size of the steps, or how it changes with time",
    )


def _decay(default: float, doc: str) -> Number:
    """The share of an average that stays from one step to the next."""
    return Number(default, low=0.0, high=1.0, open_high=True, doc=doc)


def _momentum() -> Number:
    return fraction(0.0, doc="share of the last step that is added to the next")


def _epsilon(default: float = 1e-7) -> Number:
    return Number(default, low=0.0, doc="small number that keeps divisions from zero")


class Optimizer(Declaration, abstract=True):
    """The rule by which training changes weights."""

    kind = "optimizer"

    weight_decay = Optional(
        Number(low=0.0), doc="share of each weight that is taken off at each step, times the learning rate"
    )
    clipnorm = Optional(Number(low=0.0, open_low=True), doc="longest gradient of one weight tensor")
    clipvalue = Optional(Number(low=0.0, open_low=True), doc="largest gradient of one weight")
    global_clipnorm = Optional(Number(low=0.0, open_low=True), doc="longest gradient of all weights together")
    use_ema = Flag(False, doc="whether a moving average of the weights is kept and used in the end")
    ema_momentum = fraction(0.99, doc="share of the moving average that stays at each step")
    ema_overwrite_frequency = Optional(
        positive(), doc="steps after which the average overwrites the weights, none for only in the end"
    )
    loss_scale_factor = Optional(
        Number(low=0.0, open_low=True), doc="factor on the loss that is taken off the gradients again"
    )
    gradient_accumulation_steps = Optional(Integer(minimum=2), doc="batches whose gradients are averaged for one step")
    name = Optional(Text(), doc="name of the optimizer")

    def check(self) -> None:
        clipping = [n for n in _CLIPPING if n in self.given]
        if len(clipping) > 1:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                f"`{clipping[0]}` and `{clipping[1]}` exclude each other",
                expected="at most one of `clipnorm`, `clipvalue` and `global_clipnorm`",
                argument=clipping[1],
            )
        for name in ("ema_momentum", "ema_overwrite_frequency"):
            if name in self.given and not self.use_ema:
                raise without_effect(name, "use_ema=true")


def without_effect(argument: str, needed: str) -> Refusal:
    """The refusal of an argument that does nothing unless another one is set."""
    return Refusal(
        CONFLICTING_ARGUMENTS,
        f"`{argument}` has no effect without `{needed}`",
        help=[f"add `{needed}` or leave `{argument}` out"],
        argument=argument,
    )


class SGD(Optimizer):
    """Gradient descent with momentum: ``v = momentum * v - lr * g; w += v``.

    Nesterov momentum: Sutskever et al. 2013, https://proceedings.mlr.press/v28/sutskever13.html.
    """

    learning_rate = _learning_rate(0.01)
    momentum = _momentum()
    nesterov = Flag(False, doc="whether the gradient is taken ahead, where momentum leads")

    def check(self) -> None:
        super().check()
        if self.nesterov and self.momentum == 0:
            raise without_effect("nesterov", "momentum=0.9")


class RMSprop(Optimizer):
    """Divides by a moving average of the gradient's size: ``v = rho * v + (1 - rho) * g^2; w -= lr * g / sqrt(v)``.

    Hinton 2012, https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf.
    """

    learning_rate = _learning_rate()
    rho = _decay(0.9, "share of the squared gradients' average that stays")
    momentum = _momentum()
    epsilon = _epsilon()
    centered = Flag(False, doc="whether the mean gradient is taken off, for the variance")


class Adam(Optimizer):
    """Steps by moving averages of gradient and squared gradient: ``w -= lr * m / (sqrt(v) + epsilon)``.

    Kingma and Ba 2014, https://arxiv.org/abs/1412.6980; AMSGrad: https://openreview.net/forum?id=ryQu7f-RZ.
    """

    learning_rate = _learning_rate()
    beta_1 = _decay(0.9, "share of the gradients' average that stays")
    beta_2 = _decay(0.999, "share of the squared gradients' average that stays")
    epsilon = _epsilon()
    amsgrad = Flag(False, doc="whether the largest squared average so far is used")


class AdamW(Optimizer):
    """Adam with weight decay that is apart from the gradient: ``w -= lr * (m / (sqrt(v) + epsilon) + decay * w)``.

    Loshchilov and Hutter 2017, https://arxiv.org/abs/1711.05101.
    """

    learning_rate = _learning_rate()
    weight_decay = Optional(
        Number(low=0.0), 0.004, doc="share of each weight that is taken off, times the learning rate"
    )
    beta_1 = _decay(0.9, "share of the gradients' average that stays")
    beta_2 = _decay(0.999, "share of the squared gradients' average that stays")
    epsilon = _epsilon()
    amsgrad = Flag(False, doc="whether the largest squared average so far is used")

    def check(self) -> None:
        super().check()
        if self.weight_decay is None:
            raise Refusal(
                CONFLICTING_ARGUMENTS,
                "`AdamW` needs a `weight_decay`",
                expected="a number of at least 0",
                found="none",
                help=["use `Adam`, which is the same without"],
                argument="weight_decay",
            )


class Adamax(Optimizer):
    """Adam with the largest gradient in place of the squared average: ``u = max(beta_2 * u, |g|); w -= lr * m / u``.

    Kingma and Ba 2014, section 7, https://arxiv.org/abs/1412.6980.
    """

    learning_rate = _learning_rate()
    beta_1 = _decay(0.9, "share of the gradients' average that stays")
    beta_2 = _decay(0.999, "share of the largest gradient that stays")
    epsilon = _epsilon()


class Nadam(Optimizer):
    """Adam with Nesterov momentum.

    Dozat 2016, https://cs229.stanford.edu/proj2015/054_report.pdf.
    """

    learning_rate = _learning_rate()
    beta_1 = _decay(0.9, "share of the gradients' average that stays")
    beta_2 = _decay(0.999, "share of the squared gradients' average that stays")
    epsilon = _epsilon()


class Adagrad(Optimizer):
    """Divides by the size of all gradients so far: ``a += g^2; w -= lr * g / sqrt(a + epsilon)``.

    Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html.
    """

    learning_rate = _learning_rate()
    initial_accumulator_value = Number(0.1, low=0.0, doc="first value of the sum of squares")
    epsilon = _epsilon()


class Adadelta(Optimizer):
    """Adagrad over a moving window, scaled by the size of the last steps.

    Zeiler 2012, https://arxiv.org/abs/1212.5701 (which uses ``learning_rate=1``).
    """

    learning_rate = _learning_rate()
    rho = _decay(0.95, "share of the averages that stays")
    epsilon = _epsilon()


class Ftrl(Optimizer):
    """Follows the regularized leader: many weights become exactly zero; for wide, sparse linear models.

    McMahan et al. 2013, https://research.google/pubs/ad-click-prediction-a-view-from-the-trenches/.
    """

    learning_rate = _learning_rate()
    learning_rate_power = Number(-0.5, high=0.0, doc="how the rate falls with the gradients, 0 for not at all")
    initial_accumulator_value = Number(0.1, low=0.0, doc="first value of the sum of squares")
    l1_regularization_strength = Number(0.0, low=0.0, doc="penalty on absolute weights")
    l2_regularization_strength = Number(0.0, low=0.0, doc="penalty on squared weights")
    l2_shrinkage_regularization_strength = Number(0.0, low=0.0, doc="penalty on the size of the steps")
    beta = Number(0.0, low=0.0, doc="the paper's beta, which slows the first steps")


class Lion(Optimizer):
    """Steps by the sign of a moving average: ``w -= lr * sign(beta_1 * m + (1 - beta_1) * g)``.

    Chen et al. 2023, https://arxiv.org/abs/2302.06675 (take a rate 3 to 10 times smaller than Adam's).
    """

    learning_rate = _learning_rate()
    beta_1 = Number(0.9, low=0.0, high=1.0, open_low=True, doc="share of the average in a step")
    beta_2 = _decay(0.99, "share of the gradients' average that stays")


class Adafactor(Optimizer):
    """Adam with little memory: of a matrix's squared gradients only row and column sums are kept.

    Shazeer and Stern 2018, https://arxiv.org/abs/1804.04235.
    """

    learning_rate = _learning_rate()
    beta_2_decay = Number(-0.8, high=0.0, doc="`beta_2` at step `s` is `1 - s^beta_2_decay`")
    epsilon_1 = _epsilon(1e-30)
    epsilon_2 = Number(1e-3, low=0.0, doc="least size of a weight tensor that steps are scaled by")
    clip_threshold = Number(1.0, low=0.0, open_low=True, doc="largest root mean square of a step")
    relative_step = Flag(True, doc="whether steps shrink with one over the root of time")


class Lamb(Optimizer):
    """Adam whose steps are scaled by the size of each weight tensor, for large batches.

    You et al. 2019, https://arxiv.org/abs/1904.00962.
    """

    learning_rate = _learning_rate()
    beta_1 = _decay(0.9, "share of the gradients' average that stays")
    beta_2 = _decay(0.999, "share of the squared gradients' average that stays")
    epsilon = _epsilon()


class ScheduleFreeAdamW(Optimizer):
    """AdamW that needs no schedule: weights are averaged over all steps while it goes on.

    Defazio et al. 2024, https://arxiv.org/abs/2405.15682.
    """

    learning_rate = _learning_rate(0.0025)
    beta_1 = Number(0.9, low=0.0, high=1.0, open_low=True, doc="share of the average in the weights that are trained")
    beta_2 = _decay(0.999, "share of the squared gradients' average that stays")
    epsilon = _epsilon(1e-8)
    warmup_steps = Integer(0, minimum=0, doc="steps in which the rate grows from 0")


class Muon(Optimizer):
    """Momentum whose step is made orthogonal, for matrices; Adam for all other weights.

    Matrices are weights of two axes, but embeddings unless ``exclude_embeddings`` is false, and but those whose path
    has a text of ``exclude_layers``. Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/.
    """

    learning_rate = _learning_rate()
    adam_beta_1 = _decay(0.9, "share of the gradients' average that stays, for Adam")
    adam_beta_2 = _decay(0.999, "share of the squared gradients' average that stays, for Adam")
    adam_weight_decay = Number(0.004, low=0.0, doc="weight decay for what Adam trains")
    epsilon = _epsilon()
    weight_decay = Optional(
        Number(low=0.0), 0.004, doc="share of each weight that is taken off, times the learning rate"
    )
    exclude_layers = Optional(Tuple(Text()), doc="texts in the paths of weights that Adam trains").after("name")
    exclude_embeddings = Flag(True, doc="whether Adam trains embeddings").after("exclude_layers")
    muon_a = Number(3.4445, doc="first coefficient of the polynomial that makes a step orthogonal").after(
        "exclude_embeddings"
    )
    muon_b = Number(-4.775, doc="its second coefficient").after("muon_a")
    muon_c = Number(2.0315, doc="its third coefficient").after("muon_b")
    adam_lr_ratio = Number(1.0, low=0.0, doc="learning rate of Adam, as a share of the other").after("muon_c")
    momentum = fraction(0.95, doc="share of the last step that is added to the next").after("adam_lr_ratio")
    ns_steps = positive(5, doc="how often the polynomial is applied").after("momentum")
    nesterov = Flag(True, doc="whether the gradient is taken ahead, where momentum leads").after("ns_steps")
    rms_rate = Number(0.2, low=0.0, doc="root mean square of a step").after("nesterov")
