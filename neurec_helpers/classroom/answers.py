"""Answers as data: what leaves a student's process, and what the judge makes of it.

Only numbers, text, arrays, tables, networks of Keras' own layers, and the names of functions that
can be called are known here. Nothing is pickled, and nothing that comes in is ever run.
"""

import base64
import math
import numbers
import re
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pandas as pd

from neurec_helpers.classroom.frames import Malformed, Unfit
from neurec_helpers.language import tr
from neurec_helpers.tasks.networks import Foreign

DEEPEST = 20  # lists within lists
MOST_PARTS = 1_000_000  # values that are not in arrays
MOST_BYTES = 45_000_000  # of all arrays and texts; encoded they take a third more
_DTYPE = re.compile(r"[<>|=][biufcSUmM]\d{1,6}(\[\w{1,10}\])?")
_SIMPLE = {"none": None, "ellipsis": ...}
# What reading a node raises that `Encoder` never made.
_MADE_UP = (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError)


class Encoder:
    """Turns values into what JSON can hold.

    Parameters
    ----------
    reference : callable
        Makes the node of something that is to be called: takes it, gives a dict, or None.
    """

    def __init__(self, reference):
        self.reference, self.tensors, self.parts, self.bytes = reference, [], 0, 0

    def encode(self, value):
        """The node of a value, and with it the network of all tensors among its parts."""
        self.tensors, self.parts, self.bytes = [], 0, 0
        node = {"value": self._node(value, 0)}
        if self.tensors:
            from neurec_helpers.classroom import networks

            node["network"] = networks.encode_tensors(self.tensors, self._array)
        return node

    def _node(self, value, depth):
        self.parts += 1
        if depth > DEEPEST:
            raise Unfit(tr("lists stand within lists, too many of them"))
        if self.parts > MOST_PARTS:
            raise Unfit(tr("it holds more than {most_parts:,} values", most_parts=MOST_PARTS))
        if value is None:
            return {"k": "none"}
        if value is ...:
            return {"k": "ellipsis"}
        if isinstance(value, (bool, np.bool_)) and not isinstance(value, np.ndarray):
            return {"k": "bool", "v": bool(value)}
        if isinstance(value, str):
            self._count(4 * len(value))
            return {"k": "text", "v": str(value)}
        if type(value) is int:
            return {"k": "int", "v": hex(value)}
        if type(value) is float:
            return {"k": "float", "v": float.hex(value)}
        if isinstance(value, (np.generic, np.ndarray)):
            return self._array(value, depth)
        return self._whole(value, depth)

    def _whole(self, value, depth):
        if isinstance(value, pd.DataFrame):
            columns = [
                self._array(value.iloc[:, k].to_numpy(), depth) for k in range(value.shape[1])
            ]
            return {
                "k": "table",
                "names": self._node(list(value.columns), depth + 1),
                "columns": columns,
                "index": self._array(value.index.to_numpy(), depth),
            }
        if isinstance(value, pd.Series):
            return {
                "k": "series",
                "name": self._node(value.name, depth + 1),
                "values": self._array(value.to_numpy(), depth),
                "index": self._array(value.index.to_numpy(), depth),
            }
        if isinstance(value, (pd.Index, pd.api.extensions.ExtensionArray)):
            return self._array(np.asarray(value), depth)
        for kind in (list, tuple, set, frozenset):
            if isinstance(value, kind):
                items = [self._node(item, depth + 1) for item in value]
                return {"k": kind.__name__, "v": items}
        if isinstance(value, dict):
            pairs = [[self._node(x, depth + 1) for x in pair] for pair in value.items()]
            return {"k": "dict", "v": pairs}
        return self._strange(value, depth)

    def _strange(self, value, depth):
        from neurec_helpers.classroom import networks

        kind = networks.kind_of(value)
        if kind == "tensor":
            self.tensors.append(value)
            return {"k": "tensor", "v": len(self.tensors) - 1}
        if kind == "model":
            return networks.encode_model(value, self._array)
        if kind == "array":
            return self._array(np.asarray(value))
        node = None if kind == "layer" else self.reference(value) or self._like(value, depth)
        return node or {"k": "foreign", "type": type(value).__name__, "layer": kind == "layer"}

    def _like(self, value, depth):
        """What numpy would take for a number, a list or an array is one here; else None."""
        if isinstance(value, numbers.Integral):
            return {"k": "int", "v": hex(int(value))}
        if isinstance(value, (numbers.Real, Decimal)):
            return {"k": "float", "v": float.hex(float(value))}
        if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
            return {"k": "list", "v": [self._node(item, depth + 1) for item in value]}
        if hasattr(type(value), "__array__"):
            return self._array(np.asarray(value), depth + 1)
        return None

    def _count(self, size):
        self.bytes += size
        if self.bytes > MOST_BYTES:
            raise Unfit(tr("it has more than {most:.0f} MB", most=MOST_BYTES / 1e6))

    def _array(self, array, depth=0):
        scalar, array = isinstance(array, np.generic), np.asarray(array)
        if array.dtype.kind == "O":
            items = [self._node(item, depth + 1) for item in array.ravel().tolist()]
            return {"k": "objects", "shape": list(array.shape), "v": items}
        if array.dtype.kind not in "biufcSUmM":
            raise Unfit(tr("an array holds values of the kind {dtype}", dtype=array.dtype))
        self._count(array.nbytes)
        data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
        return {
            "k": "array",
            "dtype": array.dtype.str,
            "shape": list(array.shape),
            "data": data,
            **({"scalar": True} if scalar else {}),
        }


class Decoder:
    """Makes values again of what `Encoder` made, and of nothing else.

    Parameters
    ----------
    refer : callable
        Makes something to be called of the node that `reference` made.
    store : dict, optional
        Where networks keep the weights that they share; without it they are plain Keras models.
    """

    def __init__(self, refer, store=None):
        self.refer, self.store, self.tensors, self.parts = refer, store, [], 0

    def decode(self, node):
        """The value of a node.

        Raises
        ------
        Unfit
            If it holds a network that can't be rebuilt here.
        Malformed
            If it is no such node.
        """
        self.tensors, self.parts = [], 0
        try:
            if "network" in node:
                from neurec_helpers.classroom import networks

                self.tensors = networks.decode_tensors(node["network"], self._array)
            return self._value(node["value"], 0)
        except _MADE_UP as error:
            raise Malformed(f"{type(error).__name__}: {error}") from error

    def _value(self, node, depth):
        self.parts += 1
        if depth > DEEPEST + 2 or self.parts > MOST_PARTS:
            raise Malformed("too deep or too many parts")
        kind = node["k"]
        if kind in _SIMPLE:
            return _SIMPLE[kind]
        read = getattr(self, f"_read_{kind}", None) if re.fullmatch(r"[a-z]+", kind) else None
        if read is None:
            raise Malformed(f"no kind {kind!r}")
        return read(node, depth)

    def _read_bool(self, node, _):
        return node["v"] is True

    def _read_text(self, node, _):
        return str(node["v"])

    def _read_int(self, node, _):
        return int(node["v"], 16)

    def _read_float(self, node, _):
        return float.fromhex(node["v"])

    def _read_array(self, node, _):
        array = self._array(node)
        return array[()] if node.get("scalar") is True and array.shape == () else array

    def _array(self, node):
        if not _DTYPE.fullmatch(node["dtype"]):
            raise Malformed("no such dtype")
        dtype, shape = np.dtype(node["dtype"]), tuple(int(n) for n in node["shape"])
        data = base64.b64decode(node["data"], validate=True)
        if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(data):
            raise Malformed("data and shape don't fit")
        if dtype.itemsize == 0:
            if math.prod(shape) > MOST_PARTS:
                raise Malformed("too many empty texts")
            return np.zeros(shape, "U1")
        return np.frombuffer(data, dtype).reshape(shape).copy()

    def _read_objects(self, node, depth):
        items = [self._value(item, depth + 1) for item in node["v"]]
        array = np.empty(len(items), object)
        for place, item in enumerate(items):
            array[place] = item
        return array.reshape([int(n) for n in node["shape"]])

    def _part(self, node, depth):
        """An array, of objects or not, and nothing else."""
        if node["k"] not in ("array", "objects"):
            raise Malformed("no array")
        return self._value(node, depth)

    def _read_table(self, node, depth):
        names = self._value(node["names"], depth + 1)
        columns = [pd.Series(self._part(c, depth + 1)) for c in node["columns"]]
        index = self._part(node["index"], depth + 1)
        if not columns:
            return pd.DataFrame(index=index)
        table = pd.concat(columns, axis=1)
        table.columns, table.index = names, index
        return table

    def _read_series(self, node, depth):
        values, index = (self._part(node[part], depth + 1) for part in ("values", "index"))
        return pd.Series(values, index=index, name=self._value(node["name"], depth + 1))

    def _items(self, node, depth):
        return [self._value(item, depth + 1) for item in node["v"]]

    def _read_list(self, node, depth):
        return self._items(node, depth)

    def _read_tuple(self, node, depth):
        return tuple(self._items(node, depth))

    def _read_set(self, node, depth):
        return set(self._items(node, depth))

    def _read_frozenset(self, node, depth):
        return frozenset(self._items(node, depth))

    def _read_dict(self, node, depth):
        return {
            self._value(key, depth + 1): self._value(value, depth + 1) for key, value in node["v"]
        }

    def _read_tensor(self, node, _):
        return self.tensors[int(node["v"])]

    def _read_model(self, node, _):
        from neurec_helpers.classroom import networks

        model = networks.decode_model(node, self._array)
        if self.store is None:
            return model
        names = [int(name) for name in node["names"]]
        return networks.SharedNetwork(model, names, self.store)

    def _read_foreign(self, node, _):
        return Foreign(str(node["type"])[:60], node["layer"] is True)

    def _read_call(self, node, _):
        return self.refer(node)
