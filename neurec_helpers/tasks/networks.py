"""A student's network, known only by what it does."""

import numpy as np

from neurec_helpers.tasks.base import Mistake, Uncheckable, kind_of
from neurec_helpers.tasks.functions import first_line


class Network:
    """A Keras model, used through its weights and its predictions.

    For a network that lives in another process make a subclass with the same members.

    Parameters
    ----------
    model : keras.Model
    """

    def __init__(self, model):
        self._model = model

    @property
    def n_inputs(self):
        """How many inputs it has; None where that can't be told, as in a subclass of Model."""
        inputs = getattr(self._model, "inputs", None)
        return len(inputs) if inputs else None

    @property
    def is_frozen(self):
        """Whether training would leave one of its layers as it is."""
        return not all(layer.trainable for layer in self._model.layers)

    def get_weights(self) -> list[np.ndarray]:
        """Its weights, in the order of its layers; none before the first prediction of some."""
        return [np.array(weight) for weight in self._model.get_weights()]

    def set_weights(self, weights):
        """Set all its weights, shaped as those from `get_weights`."""
        self._model.set_weights(weights)

    def predict(self, *inputs) -> np.ndarray:
        """Outputs for `inputs`, arrays of the shape (n, 1).

        Raises
        ------
        functions.Raised
            From another process: what the model raised. Here its own exception comes through.
        """
        inputs = list(inputs) if len(inputs) > 1 else inputs[0]
        return np.array(self._model(inputs))


def network_of(value, name) -> Network:
    """Wrap a Keras model; Uncheckable if it is none."""
    if isinstance(value, Network):
        return value
    import keras

    if not isinstance(value, keras.Model):
        raise Uncheckable(
            "`{name}` should return a Keras model, but returns {kind}.",
            name=name,
            kind=kind_of(value),
        )
    return Network(value)


def network_between(first, last, names) -> Network:
    """The network from the tensor `first` to the tensor `last`, called as in `names`.

    A `Network` as `last` is that network already.
    """
    if isinstance(last, Network):
        return last
    if isinstance(last, Unconnected):
        raise Mistake("not connected", error=last.error)
    import keras

    for value, name in ((first, names[0]), (last, names[1])):
        if isinstance(value, keras.Layer) or getattr(value, "is_layer", False):
            raise Mistake("a layer", name=name)
        if not isinstance(value, keras.KerasTensor):
            raise Uncheckable(
                "`{name}` should be what a Keras layer returned, but it is {kind}.",
                name=name,
                kind=kind_of(value),
            )
    try:
        return Network(keras.Model(first, last))
    except ValueError as error:
        raise Mistake("not connected", error=first_line(error)) from error


class Unconnected:
    """In place of a tensor: Keras makes no network of those that came, and says why."""

    def __init__(self, error):
        self.error = error


class Foreign:
    """In place of a value that can't leave the student's process: only its type is known."""

    def __init__(self, type_name, is_layer=False):
        self.type_name, self.is_layer = type_name, is_layer
