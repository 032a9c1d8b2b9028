"""Files in the format of MNIST, written byte by byte."""

import struct

import numpy as np


def idx_bytes(array, type_code=0x08, shape=None):
    shape = array.shape if shape is None else shape
    return struct.pack(f">HBB{len(shape)}I", 0, type_code, len(shape), *shape) + array.tobytes()


GOOD = idx_bytes(np.arange(6, dtype=np.uint8).reshape(2, 3))
