"""Neural networks from scratch: the kernels, layers and loops that the lessons build.

Every public name stands below beside its module, and the module is loaded when the name is
first used (Scientific Python's SPEC 1), so that ``import course_utils`` costs next to nothing.
"""

import sys
from importlib import import_module

_NAMES = {
    "activations": """ACTIVATIONS activation elu gelu identity leaky_relu prelu relu rrelu sigmoid
        softmax softplus step_function swish tanh""",
    "architectures": """ChannelScale Channels alexnet alexnet_2012 basic_block bottleneck googlenet
        inception lenet5 lenet5_1998 resnet18 resnet50 vgg16""",
    "augmentation": "shift_images",
    "callbacks": "Callback Checkpoint EarlyStopping",
    "checkpoints": "Training load_checkpoint save_checkpoint",
    "cluster": "cluster_client",
    "containers": "Chain Container Parallel Residual",
    "convolution": "AveragePool2D Conv2D GlobalAveragePool2D MaxPool2D",
    "datasets": """DATA_DIRECTORY MNIST digit_frame load_digit_csv load_mnist minimum_and_range
        one_hot read_idx scale split_and_scale write_submission""",
    "diagrams": "draw_graph draw_network",
    "digit_pad": "DigitPad",
    "drawing": "DIGIT_STROKES center_digit draw_strokes",
    "estimator": "NetworkClassifier NetworkRegressor",
    "gradients": "check_gradient gradient_report numerical_gradient",
    "history": "History",
    "inference": "predict predict_logits predict_proba",
    "initializers": """INITIALIZERS draw_weights fans he he_uniform initializer normal xavier
        xavier_uniform zeros""",
    "layers": "Activation Arrays Dense Flatten Identity Layer PReLU Scale",
    "losses": """LOSSES binary_cross_entropy cross_entropy half_poisson_deviance
        half_squared_error loss mean_squared_error multilabel_cross_entropy
        sigmoid_cross_entropy softmax_cross_entropy""",
    "network": "HEADS Head Sequential",
    "optional": "require",
    "optimizers": """OPTIMIZERS AdaGrad Adam AdamW Momentum Nesterov Optimizer RMSprop SGD
        clip_gradient optimizer""",
    "plan": "InferencePlan",
    "plotting": """COLORS MARKERS describe label_end plot_activation plot_confusion_matrix
        plot_decision_regions plot_descent plot_history plot_images plot_line_boundary plot_maps
        plot_points use_style""",
    "recurrent": "GRU LSTM RNN Recurrent load_torch_weights",
    "regularization": "BatchNorm Dropout RReLU",
    "schedules": "SCHEDULES Constant Cosine StepDecay Warmup schedule",
    "three_layer": "as_sequential forward init_network load_network load_scaler",
    "training": "batches evaluate fit",
    "weights": """check_arrays check_network_arrays check_signs check_types copy_arrays
        load_weights read_arrays restore_arrays save_weights write_arrays""",
}

_MODULE_OF = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = sorted([*_MODULE_OF, *_NAMES])


def __getattr__(name):
    if name in _MODULE_OF:
        return getattr(import_module(f".{_MODULE_OF[name]}", __name__), name)
    if name in _NAMES:
        return import_module(f".{name}", __name__)
    from ._registry import nearest

    hint = ""
    if not name.startswith("_") and (meant := nearest(name, __all__)):
        hint = f"; did you mean {meant!r}?"
    raise AttributeError(f"module 'course_utils' has no attribute {name!r}{hint}")


def __dir__():
    return __all__


if "IPython" in sys.modules:
    from . import _traceback

    _traceback.install()
