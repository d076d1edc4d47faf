"""Networks as data: their configuration and their weights, rebuilt from Keras' own layers only."""

import json
import sys

import numpy as np

from neurec_helpers.classroom.frames import Malformed, Unfit
from neurec_helpers.language import tr
from neurec_helpers.tasks.networks import Network

MOST_WEIGHTS = 10_000_000
LONGEST_CONFIG = 500_000  # characters; the lesson's largest has 10,000
# What a configuration may name, by module. No Lambda, no class or function of anybody's own.
LAYERS = frozenset(
    "Activation Add AlphaDropout Average BatchNormalization CategoryEncoding Concatenate Dense Dot "
    "Dropout ELU EinsumDense Embedding Flatten GaussianDropout GaussianNoise "
    "GlobalAveragePooling1D GlobalMaxPooling1D Identity InputLayer LayerNormalization LeakyReLU "
    "Masking Maximum Minimum Multiply PReLU Permute ReLU RepeatVector Rescaling Reshape Softmax "
    "SpatialDropout1D Subtract UnitNormalization".split()
)
MODELS = frozenset({"Functional", "Sequential", "Model"})
OPERATIONS = frozenset(
    "Absolute Add Append Average Clip Concatenate Divide Dot Einsum Exp ExpandDims Greater "
    "GreaterEqual Hstack Log Matmul Max Maximum Mean Min Minimum Moveaxis Multiply Negative OneHot "
    "Power Prod Ravel Relu Relu6 Elu Gelu LeakyRelu Selu Sigmoid Silu Softmax Softplus Softsign "
    "Tanh Repeat Reshape Round Split Sqrt Square Squeeze Stack Subtract Sum Swapaxes Take "
    "Tensordot Transpose TrueDivide Unstack Where Cast GetItem".split()
)
_INITIALIZERS = frozenset(
    "Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform Ones "
    "Orthogonal RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros".split()
)
_ALLOWED = {
    "keras.layers": LAYERS,
    "keras": MODELS | {"DTypePolicy"},
    "keras.models": MODELS,
    "keras.src.models.functional": MODELS,
    "keras.src.models.sequential": MODELS,
    "keras.src.ops.numpy": OPERATIONS,
    "keras.src.ops.nn": OPERATIONS,
    "keras.src.ops.core": OPERATIONS,
    "keras.dtype_policies": frozenset({"DTypePolicy"}),
    "keras.initializers": _INITIALIZERS,
    "keras.regularizers": frozenset({"L1", "L2", "L1L2"}),
    "keras.constraints": frozenset({"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"}),
}
# Marks of Keras' own within a configuration; they name no class.
_MARKS = frozenset("__keras_tensor__ __tuple__ __numpy__ __tensor__ __ellipsis__ __slice__".split())


def kind_of(value):
    """What Keras has it for: "tensor" (a symbolic one), "model", "layer", "array", or nothing."""
    if "keras" not in sys.modules:  # then nothing can be of it
        return ""
    import keras

    if isinstance(value, keras.KerasTensor):
        return "tensor"
    if isinstance(value, keras.Model):
        return "model"
    if isinstance(value, keras.Layer):
        return "layer"
    return "array" if keras.ops.is_tensor(value) or isinstance(value, keras.Variable) else ""


_seen = []  # variables that have been named, kept so that no other gets the same name


class SharedNetwork(Network):
    """A rebuilt network that shares weights with others where the student's networks do.

    Parameters
    ----------
    model : keras.Model
    names : list of int
        For each weight the name of the student's variable.
    store : dict of int to numpy.ndarray
        Values by name, the same for all networks of a task.
    """

    def __init__(self, model, names, store):
        super().__init__(model)
        self._names, self._store = names, store
        for name, value in zip(names, model.get_weights(), strict=True):
            store.setdefault(name, value)

    def get_weights(self):
        """Their values, also those that another network has set."""
        if not self._names:
            return super().get_weights()
        return [self._store[name].copy() for name in self._names]

    def set_weights(self, weights):
        """Set them, for all networks that share them."""
        super().set_weights(weights)
        self._store.update(zip(self._names, map(np.array, weights), strict=False))

    def predict(self, *inputs):
        """Outputs; see `tasks.networks.Network`."""
        if self._names:
            self._model.set_weights(self.get_weights())
        return super().predict(*inputs)


def encode_tensors(tensors, array):
    """The one network that all these symbolic tensors belong to, and their places in it."""
    import keras

    inputs, seen = {}, set()
    waiting = list(tensors)
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        operation, node, _ = tensor._keras_history
        node = operation._inbound_nodes[node]
        if node.is_input:
            inputs[id(tensor)] = tensor
        waiting += node.input_tensors
    outputs = [tensor for tensor in tensors if id(tensor) not in inputs]
    places = [
        ["in", list(inputs).index(id(tensor))]
        if id(tensor) in inputs
        else ["out", [id(other) for other in outputs].index(id(tensor))]
        for tensor in tensors
    ]
    model = keras.Model(list(inputs.values()), outputs or list(inputs.values()))
    return {"model": _describe(model, array), "places": places}


def decode_tensors(node, array):
    """The tensors again, in a network of the judge's own."""
    model = decode_model(node["model"], array)
    ends = {"in": list(model.inputs), "out": list(model.outputs)}
    return [ends[end][int(place)] for end, place in node["places"]]


def encode_model(model, array):
    """A model's node; one that is a student's own class is traced into layers first."""
    import keras

    if type(model).__name__ not in MODELS or not type(model).__module__.startswith("keras."):
        if getattr(model, "inputs", None):
            model = keras.Model(model.inputs, model.outputs)
        else:
            model = _trace(model)
    return _describe(model, array)


def _trace(model):
    """A student's subclass of Model as a network of the layers that it calls."""
    import keras

    inputs = [keras.Input((1,)), keras.Input((1,))]
    try:
        return keras.Model(inputs, model.call(inputs))
    except ValueError as error:
        # It works on numbers, so it is no mistake of the student's.
        if "KerasTensor cannot be used as input to a TensorFlow function" in str(error):
            raise Unfit(
                tr("TensorFlow's own functions in the network can't be traced; `keras.ops` can")
            ) from error
        raise


def _describe(model, array):
    if model.count_params() > MOST_WEIGHTS:
        raise Unfit(
            tr("the network has more than {most_weights:,} weights", most_weights=MOST_WEIGHTS)
        )
    config = json.loads(model.to_json())
    config.pop("compile_config", None)
    weights = [array(weight) for weight in model.get_weights()]
    return {"k": "model", "config": config, "weights": weights, "names": _names(model.weights)}


def _names(variables):
    """A number for each variable, the same whenever it comes again."""
    for variable in variables:
        if not any(variable is other for other in _seen):
            _seen.append(variable)
    return [next(k for k, o in enumerate(_seen) if o is variable) for variable in variables]


def decode_model(node, array):
    """A model from its configuration and weights.

    Raises
    ------
    Unfit
        If it holds anything but Keras' own layers, or is too large.
    Malformed
        If it is not a model.
    """
    import keras

    weights = [array(weight) for weight in node["weights"]]
    if sum(weight.size for weight in weights) > MOST_WEIGHTS:
        raise Unfit(
            tr("the network has more than {most_weights:,} weights", most_weights=MOST_WEIGHTS)
        )
    text = json.dumps(node["config"])
    if len(text) > LONGEST_CONFIG:
        raise Unfit(tr("the network has too many layers"))
    _require_known(node["config"], 0)
    if node["config"]["class_name"] not in MODELS:
        raise Malformed("no model")
    try:
        model = keras.models.model_from_json(text)
        if weights:
            model.set_weights(weights)
    # Whatever Keras raises at a configuration that was made up.
    except Exception as error:
        raise Unfit(
            tr("Keras can't rebuild the network ({kind})", kind=type(error).__name__)
        ) from error
    return model


def _require_known(part, depth):
    """Refuse a configuration that names a class other than those listed above."""
    if depth > 60:
        raise Malformed("too deep")
    if isinstance(part, list):
        for each in part:
            _require_known(each, depth + 1)
    elif isinstance(part, dict):
        if "class_name" in part and part["class_name"] not in _MARKS:
            name, module = part["class_name"], part.get("module")
            if not isinstance(name, str) or name not in _ALLOWED.get(module, ()):
                name = part.get("config") if name == "function" else name
                raise Unfit(
                    tr(
                        "{name!r} in the network is not among what can be rebuilt",
                        name=str(name)[:60],
                    )
                )
            if part.get("registered_name") not in (None, name):
                raise Unfit(
                    tr("the network holds {name!r}", name=str(part["registered_name"])[:60])
                )
        if part.get("class_name") in ("__numpy__", "__tensor__"):
            raise Unfit(tr("the network holds an array as a constant"))
        for each in part.values():
            _require_known(each, depth + 1)
