"""What leaves a student's process: values come through unchanged, and nothing else does."""

import collections
import enum
import json
from array import array as array_of_numbers
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from neurec_helpers.classroom import answers
from neurec_helpers.classroom.answers import Decoder, Encoder, Foreign, Malformed, Unfit
from neurec_helpers.classroom.calls import Callee, Forged, RemoteFunction, unpack
from neurec_helpers.tasks.base import Mistake, Uncheckable, answer_of


def through(value):
    node = json.loads(json.dumps(Encoder(lambda _: None).encode(value)))
    return Decoder(lambda _: None).decode(node)


@pytest.mark.parametrize(
    "value",
    [
        None,
        ...,
        True,
        7,
        -(2**80),
        0.1,
        float("inf"),
        "Ёлка",
        [1, (2.5, "a"), {3}, frozenset({4}), {"k": [None]}],
        [],
    ],
)
def test_plain_values_come_through(value):
    assert through(value) == value and type(through(value)) is type(value)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6).reshape(2, 3),
        np.array(2.5),
        np.array([], "float32"),
        np.array(["a", "bc"]),
        np.array([True, False]),
        np.array([1, "x", None], dtype=object),
        np.arange(6).reshape(2, 3).T,
    ],
)
def test_arrays_come_through(array):
    assert np.array_equal(through(array), array) and through(array).dtype == array.dtype


def test_tables_and_columns_come_through():
    table = pd.DataFrame({"id": [3, 1], "title": ["a", "b"]}, index=[9, 4])
    pd.testing.assert_frame_equal(through(table), table, check_dtype=False)
    pd.testing.assert_series_equal(through(table.id), table.id)
    assert through(np.int64(4)) == 4 and through(table.index).tolist() == [9, 4]


def test_what_is_no_data_is_known_by_its_type_alone():
    class Liar(int):
        def __eq__(self, other):
            return True

    number, found = through([Liar(7), open])
    assert type(number) is int and number == 7
    assert isinstance(found, Foreign) and found.type_name == "builtin_function_or_method"


class Own:
    """Not known to numpy, but it says how to read it."""

    def __array__(self, dtype=None, copy=None):
        return np.array([1.0, 2.0])


@pytest.mark.parametrize(
    ("value", "due"),
    [
        ({np.int64(3), np.int64(4)}, {3, 4}),
        ({np.int64(3): np.float32(0.5), (np.str_("a"), 1): 2}, {3: 0.5, ("a", 1): 2}),
        (range(3), [0, 1, 2]),
        (collections.deque([1, 2]), [1, 2]),
        (array_of_numbers("i", [1, 2]), [1, 2]),
        (Decimal("2.5"), 2.5),
        (Fraction(1, 2), 0.5),
        (enum.IntEnum("Letter", "A B").B, 2),
    ],
)
def test_what_the_lesson_takes_for_numbers_comes_through_as_numbers(value, due):
    assert through(value) == due


def test_an_array_of_ones_own_comes_through_as_an_array():
    assert np.array_equal(through(Own()), [1.0, 2.0])


@pytest.mark.parametrize(
    "value", [np.zeros(answers.MOST_BYTES), [0] * (answers.MOST_PARTS + 1), "x" * 20_000_000]
)
def test_what_is_too_large_is_refused_before_it_is_sent(value):
    with pytest.raises(Unfit, match="more than"):
        Encoder(lambda _: None).encode(value)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ({"unfit": "a Lambda"}, Uncheckable),
        ({"result": {"value": {"k": "no such kind"}}}, Forged),
        ({"overwritten": []}, Forged),
        ({"result": {"value": {"k": "none"}}, "overwritten": 3}, Forged),
        ({"raised": "ValueError: no"}, Mistake),
    ],
)
def test_what_a_call_brings_back_is_called_what_it_is(reply, kind):
    node = {"k": "call", "v": 0, "name": "f", "type": "function", "parameters": [], "stub": False}
    function = RemoteFunction(node, lambda _: json.dumps(reply).encode())
    with pytest.raises(kind):
        answer_of(function, 1)


def array(**changes):
    return {
        "value": {"k": "array", "dtype": "<i8", "shape": [1], "data": "AAAAAAAAAAA=", **changes}
    }


@pytest.mark.parametrize(
    "node",
    [
        {},
        {"value": None},
        {"value": {"k": "pickle", "v": "x"}},
        {"value": {"k": "_array", "v": "x"}},
        {"value": {"k": "int", "v": "z"}},
        {"value": {"k": "set", "v": [{"k": "list", "v": []}]}},
        {"value": {"k": "tensor", "v": 0}},
        array(dtype="|O8"),
        array(dtype="<V8"),
        array(shape=[10**12]),
        array(shape=[-1]),
        array(dtype="<U0", shape=[10**9], data=""),
        array(data="not base64!"),
        {"value": {"k": "table", "names": {"k": "none"}, "columns": [], "index": {"k": "none"}}},
        {"value": {"k": "model", "config": {"class_name": "Dense"}, "weights": 3}},
    ],
)
def test_what_no_encoder_makes_is_refused(node):
    with pytest.raises((Malformed, Unfit)):
        Decoder(lambda _: None).decode(node)


def test_depth_is_limited():
    deep = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(Unfit):
        Encoder(lambda _: None).encode(deep)
    node = {"k": "none"}
    for _ in range(300):
        node = {"k": "list", "v": [node]}
    with pytest.raises(Malformed):
        Decoder(lambda _: None).decode({"value": node})
    with pytest.raises(Malformed):
        unpack(b"[" * 100_000)


def test_a_stub_and_its_parameters_are_told():
    def best_epoch(history): ...

    node = Callee().reference(best_epoch, "best_epoch")
    assert node["stub"] is True and node["parameters"] == ["history"]
    assert Callee().reference(5) is None and Callee().reference(int) is None


@pytest.fixture(scope="module")
def keras():
    import neurec_helpers as nr

    nr.setup()
    import keras

    return keras


def network(keras, middle):
    user, book = keras.Input((1,)), keras.Input((1,))
    layers = keras.layers
    vectors = [layers.Flatten()(layers.Embedding(9, 5)(ids)) for ids in (user, book)]
    return keras.Model([user, book], layers.Dense(1)(middle(vectors)))


def test_a_network_comes_through_and_predicts_the_same(keras):
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = network(keras, keras.ops.concatenate)

        def call(self, ids):
            return self.inner(ids) * 2

    ids = [np.array([[1], [2]]), np.array([[3], [4]])]
    for model in (network(keras, lambda v: v[0] * v[1]), Own()):
        again = through(model)
        assert np.allclose(np.array(again(ids)), np.array(model(ids)))


def test_tensors_of_one_network_stay_connected_and_others_do_not(keras):
    first, other = keras.Input((1,)), keras.Input((1,))
    last = keras.layers.Flatten()(keras.layers.Embedding(9, 5)(first))
    again = through({"first": first, "last": last, "other": other})
    assert keras.Model(again["first"], again["last"]).count_params() == 45
    with pytest.raises(ValueError):
        keras.Model(again["other"], again["last"])


def test_a_network_of_thousands_of_layers_is_refused_at_once(keras):
    config = {"class_name": "Sequential", "module": "keras", "config": {"layers": ["x" * 600_000]}}
    with pytest.raises(Unfit, match="too many layers"):
        Decoder(lambda _: None).decode(
            {"value": {"k": "model", "config": config, "weights": [], "names": []}}
        )


@pytest.mark.parametrize("kind", ["Lambda", "TorchModuleWrapper", "TFSMLayer", "RandomFlip"])
def test_only_listed_layers_are_rebuilt(keras, kind):
    node = json.loads(json.dumps(Encoder(lambda _: None).encode(network(keras, sum))))
    layer = node["value"]["config"]["config"]["layers"][2]
    layer["class_name"] = kind
    with pytest.raises(Unfit, match=kind):
        Decoder(lambda _: None).decode(node)
    layer |= {"class_name": "Dense", "module": "os"}
    with pytest.raises(Unfit):
        Decoder(lambda _: None).decode(node)


def test_a_model_that_calls_tensorflow_itself_is_no_mistake_but_unfit(keras):
    import tensorflow as tf

    class Own(keras.Model):
        def call(self, ids):
            return tf.concat(ids, axis=1)

    with pytest.raises(Unfit, match="TensorFlow"):
        through(Own())


def test_a_lambda_is_refused(keras):
    with pytest.raises(Unfit, match="Lambda"):
        through(network(keras, keras.layers.Lambda(lambda vectors: vectors[0])))
