"""Neural networks from scratch: the kernels, layers and loops that the lessons build.

Every public name stands below beside its module, and the module is loaded when the name is
first used (Scientific Python's SPEC 1), so that ``import course_utils`` costs next to nothing. A
star stands for all that the module's registry holds, and what belongs to it.
"""

import sys

from ._lazy import attach

_NAMES = {
    "activations": "*",
    "architectures": """alexnet alexnet_2012 basic_block bottleneck googlenet inception lenet5
        lenet5_1998 resnet18 resnet50 vgg16""",
    "base": "Arrays Layer",
    "callbacks": "Callback Checkpoint EarlyStopping",
    "checkpoints": "Training load_checkpoint save_checkpoint",
    "containers": "Chain Container Parallel Residual",
    "convolution": "Conv2D",
    "datasets.augmentation": "shift_images",
    "datasets.idx": "read_idx",
    "datasets.kaggle": "digit_frame load_digit_csv write_submission",
    "datasets.mnist": "DATA_DIRECTORY MNIST load_mnist",
    "datasets.preparation": "minimum_and_range one_hot scale split_and_scale",
    "exercises.checking": "check hint progress solution",
    "exercises.definition": "cases exercise mistake",
    "figures.arrays": "draw_broadcast draw_means draw_product draw_reading",
    "figures.diagrams": "draw_activity draw_graph draw_network",
    "figures.handwriting": "DIGIT_STROKES center_digit draw_strokes",
    "figures.plotting": """COLORS MARKERS describe label_end plot_activation plot_activation_groups
        plot_arrow plot_confusion_matrix plot_decision_regions plot_descent plot_history plot_images
        plot_line_boundary plot_maps plot_neuron plot_panels plot_points plot_spread plot_update
        use_style""",
    "files": """check_arrays check_network_arrays check_signs check_types copy_arrays load_weights
        read_arrays restore_arrays save_weights write_arrays""",
    "gradients": "check_gradient gradient_report numerical_gradient",
    "history": "History",
    "initializers": "*",
    "layers": "Activation ChannelScale Channels Dense Flatten Identity PReLU Scale",
    "losses": "*",
    "network": "HEADS Head Sequential",
    "normalization": "BatchNorm",
    "optional": "require",
    "optimizers": "*",
    "play.digit_pad": "DigitPad",
    "pooling": "AveragePool2D GlobalAveragePool2D MaxPool2D",
    "prediction.cluster": "cluster_client",
    "prediction.inference": "predict predict_logits predict_proba",
    "prediction.plan": "InferencePlan",
    "recurrent": "GRU LSTM RNN Recurrent load_torch_weights",
    "regularization": "Dropout RReLU",
    "schedules": "*",
    "sklearn_api.estimators": "NetworkClassifier NetworkRegressor",
    "three_layer": "as_sequential forward init_network load_network load_scaler",
    "training": "batches evaluate fit",
}

__getattr__, __dir__ = attach(__name__, _NAMES)


def _room(package):
    """The same for a package within, such as `figures`: its part of the names above."""
    prefix = package.removeprefix(f"{__name__}.") + "."
    names = {module: n for module, n in _NAMES.items() if module.startswith(prefix)}
    return attach(package, {module.removeprefix(prefix): n for module, n in names.items()})


if "IPython" in sys.modules:
    from . import _traceback

    _traceback.install()
