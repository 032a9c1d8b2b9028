"""The package as a type checker reads it, which can't see names that are loaded late.

Here stands what carries hints, and what inherits them; every other name is of any type.
"""

from typing import Any

from .base import Arrays as Arrays
from .base import Layer as Layer
from .callbacks import Callback as Callback
from .callbacks import Checkpoint as Checkpoint
from .callbacks import EarlyStopping as EarlyStopping
from .checkpoints import Training as Training
from .checkpoints import load_checkpoint as load_checkpoint
from .checkpoints import save_checkpoint as save_checkpoint
from .containers import Chain as Chain
from .containers import Container as Container
from .containers import Parallel as Parallel
from .containers import Residual as Residual
from .convolution import Conv2D as Conv2D
from .history import History as History
from .layers import Activation as Activation
from .layers import Channels as Channels
from .layers import ChannelScale as ChannelScale
from .layers import Dense as Dense
from .layers import Flatten as Flatten
from .layers import Identity as Identity
from .layers import PReLU as PReLU
from .layers import Scale as Scale
from .network import Head as Head
from .network import Sequential as Sequential
from .normalization import BatchNorm as BatchNorm
from .optimizers import SGD as SGD
from .optimizers import AdaGrad as AdaGrad
from .optimizers import Adam as Adam
from .optimizers import AdamW as AdamW
from .optimizers import Momentum as Momentum
from .optimizers import Nesterov as Nesterov
from .optimizers import Optimizer as Optimizer
from .optimizers import RMSprop as RMSprop
from .pooling import AveragePool2D as AveragePool2D
from .pooling import GlobalAveragePool2D as GlobalAveragePool2D
from .pooling import MaxPool2D as MaxPool2D
from .prediction.inference import predict as predict
from .prediction.inference import predict_logits as predict_logits
from .prediction.inference import predict_proba as predict_proba
from .prediction.plan import InferencePlan as InferencePlan
from .recurrent import GRU as GRU
from .recurrent import LSTM as LSTM
from .recurrent import RNN as RNN
from .recurrent import Recurrent as Recurrent
from .regularization import Dropout as Dropout
from .regularization import RReLU as RReLU
from .training import batches as batches
from .training import evaluate as evaluate
from .training import fit as fit

def __getattr__(name: str) -> Any: ...
