"""Two towers: a reader is the mean of the vectors of the books read, and meets each book's vector.

Covington and others (2016) made candidates so; the correction for negatives from the batch is that
of Yi and others (2019). All vectors are of length 1, so a score is a cosine.
"""

import numpy as np

from neurec_helpers.scale.histories import HIDDEN
from neurec_helpers.scale.networks import NUMBERS, TEMPERATURE, table_rows

TABLE = "Book-Embedding"
LOW = -1e9  # the score of what is no book
TOP = 10


def build(n_books):
    """A new network, as it is trained.

    Returns
    -------
    keras.Model
        Of [known, hidden, share] (see `histories.draw`) to the surprise of each hidden book: minus
        the logarithm of its share in a softmax over all that are hidden in the batch.
    """
    from keras import Model, initializers
    from keras.layers import Embedding, Input, UnitNormalization

    table = Embedding(
        table_rows(n_books),
        NUMBERS,
        mask_zero=True,
        embeddings_initializer=initializers.RandomNormal(stddev=NUMBERS**-0.5),
        name=TABLE,
    )
    known = Input([None], dtype="int32", name="Books-Read")
    hidden = Input([HIDDEN], dtype="int32", name="Hidden-Books")
    share = Input([HIDDEN], name="Share")
    books = UnitNormalization()(table(hidden))
    return Model([known, hidden, share], _surprise(_reader(table, known), books, hidden, share))


def _reader(table, known):
    from keras.layers import GlobalAveragePooling1D, UnitNormalization

    return UnitNormalization()(GlobalAveragePooling1D()(table(known)))


def _surprise(reader, books, ids, share):
    from keras import ops
    from keras.layers import Layer
    from keras_rs.layers import SamplingProbabilityCorrection

    class Surprise(Layer):
        def call(self, reader, books, ids, share):
            others, their_ids = ops.reshape(books, [-1, NUMBERS]), ops.reshape(ids, [-1])
            logits = ops.matmul(reader, ops.transpose(others)) / TEMPERATURE
            correct = SamplingProbabilityCorrection(epsilon=1e-9)
            logits = correct(logits, ops.reshape(share, [-1]))
            logits = ops.where(their_ids == 0, LOW, logits)
            own = ops.reshape(ops.arange(ops.size(ids)), ops.shape(ids))
            found = ops.take_along_axis(logits, own, axis=1)
            return ops.where(ids > 0, ops.logsumexp(logits, axis=1, keepdims=True) - found, 0.0)

    return Surprise()(reader, books, ids, share)


def build_judge(network, n_books, width):
    """A network that makes lists of ten by the tables of `network` and says what they find.

    Parameters
    ----------
    network : keras.Model
        See `build`.
    n_books : int
    width : int
        How many books of a reader are held out at most.

    Returns
    -------
    keras.Model
        Of [known, held out], rows of ids filled up with zeros, to the share of each reader's
        held-out books that stand in the list of `TOP` books not known, of shape (n, 1).
    """
    from keras import Model, ops
    from keras.layers import Input, Layer

    table = network.get_layer(TABLE)

    class Recall(Layer):
        def call(self, reader, known, wanted):
            vectors = ops.normalize(ops.convert_to_tensor(table.embeddings), axis=1)
            scores = ops.matmul(reader, ops.transpose(vectors))
            ids = ops.arange(vectors.shape[0])
            scores = ops.where((ids > 0) & (ids <= n_books), scores, LOW)
            rows = ops.broadcast_to(ops.arange(ops.shape(known)[0])[:, None], ops.shape(known))
            places = ops.reshape(ops.stack([rows, known], axis=-1), [-1, 2])
            scores = ops.scatter_update(scores, places, ops.full([ops.size(known)], LOW))
            _, best = ops.top_k(scores, TOP)
            hits = ops.any(wanted[:, :, None] == best[:, None, :], axis=2) & (wanted > 0)
            count = ops.sum(ops.cast(wanted > 0, "float32"), axis=1, keepdims=True)
            hits = ops.sum(ops.cast(hits, "float32"), axis=1, keepdims=True)
            return hits / ops.maximum(count, 1)

    known = Input([None], dtype="int32", name="Known-Books")
    wanted = Input([width], dtype="int32", name="Held-Out-Books")
    return Model([known, wanted], Recall()(_reader(table, known), known, wanted))


def table_of(network, n_books):
    """The trained table, a float32 array of shape (n_books + 1, NUMBERS); row 0 is no book's."""
    (table,) = network.get_layer(TABLE).get_weights()
    return table[: n_books + 1]


def to_scores(table):
    """A network that any backend of Keras reads, from books read to scores of all books.

    Parameters
    ----------
    table : float32 array, shape (n_books + 1, NUMBERS)
        See `table_of`.

    Returns
    -------
    keras.Model
        Of rows of ids filled up with zeros to scores of shape (n, n_books + 1).
    """
    from keras import Model
    from keras.layers import Dense, Embedding, Input

    known = Input([None], dtype="int32", name="Books-Read")
    embedding = Embedding(*table.shape, mask_zero=True, name=TABLE)
    scores = Dense(len(table), use_bias=False, name="Book-Vectors")
    network = Model(known, scores(_reader(embedding, known)))
    embedding.set_weights([table])
    scores.set_weights([unit(table).T])
    return network


def unit(vectors):
    """Vectors of length 1 that point the same way."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
