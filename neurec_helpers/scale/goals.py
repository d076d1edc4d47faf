"""What a network is trained for: stars, or lists. The rest of a run is the same for both."""

import numpy as np

from neurec_helpers.scale import histories, networks, preparing, streaming, towers

CELLS = 32_000_000  # scores in memory at once, 128 MB


def goal_of(run, part=(0, 1)):
    """What the run is for: a goal with a new network, compiled.

    Parameters
    ----------
    run : run_folder.RunFolder
        Prepared.
    part : (int, int)
        Which process this is, and of how many.
    """
    kind = Lists if run.settings().model == networks.LISTS else Stars
    return kind(run, part)


class _Goal:
    def __init__(self, run, part):
        self.data, self.part, self.settings = run.data, part, run.settings()
        self.metadata = preparing.read_metadata(run.data)
        self.batch = networks.batch_size(self.settings, self.metadata)
        self.steps = networks.rows(self.settings, self.metadata) // self.batch

    def _optimizer(self):
        from keras.optimizers import Adam

        rate = networks.learning_rate(
            self.settings.model, self.settings.learning_rate, self.settings.epochs * self.steps
        )
        return Adam(rate)

    def _training(self, name, epoch, first, steps, kind):
        return streaming.training_batches(
            self.data / name,
            self.batch,
            epoch,
            seed=self.settings.seed,
            first=first,
            steps=steps,
            part=self.part,
            kind=kind,
        )


class Stars(_Goal):
    """Predicted stars; the held-out error is their mean squared error."""

    def __init__(self, run, part):
        super().__init__(run, part)
        self.network = self._build()
        self.network.compile(optimizer=self._optimizer(), loss="mse", weighted_metrics=["mse"])

    def _build(self):
        metadata = self.metadata
        return networks.build(
            self.settings.model, metadata.n_users, metadata.n_books, metadata.mean_rating
        )

    def training(self, epoch, first, steps):
        """Batches of one epoch, from a step on."""
        return self._training(preparing.TRAIN, epoch, first, steps, streaming.Ratings())

    def touch(self):
        """Use the network once, which makes what its metrics keep."""
        self._evaluate(steps=1)

    def training_error(self, history):
        """The error of an interval, from what `fit` has noted."""
        return history["mse"][0]

    def held_out_error(self):
        """The error on the held-out part."""
        rows = self.metadata.n_held_out
        return self._evaluate(steps=streaming.count_held_out_steps(rows, self.batch))["mse"]

    def _evaluate(self, steps):
        batches = streaming.held_out_batches(self.data / preparing.HELD_OUT, self.batch, self.part)
        return self.network.evaluate(batches, steps=steps, verbose=0, return_dict=True)

    @property
    def useless_error(self):
        """An error above this is worse than predicting the middle of the scale can ever be."""
        low, high = self.settings.scale
        return ((high - low) / 2) ** 2

    def exports(self, run):
        """Files to be written, and what writes each."""
        network = self._build()
        network.set_weights(self.network.get_weights())
        return [(run.model, network.save)]


class Lists(_Goal):
    """Lists of books that readers pick; the held-out error is 1 - recall@10 on a sample."""

    def __init__(self, run, part):
        from keras.metrics import MeanMetricWrapper

        super().__init__(run, part)
        self.network = towers.build(self.metadata.n_books)
        self.network.compile(optimizer=self._optimizer(), loss=_itself)
        rows = networks.table_rows(self.metadata.n_books)
        self._kind = streaming.Histories(histories.shares(self.data, rows))
        self._sample = histories.read_sample(self.data, self.settings.seed)
        width = self._sample[1].shape[1]
        self._judge = towers.build_judge(self.network, self.metadata.n_books, width)
        recall = MeanMetricWrapper(_itself, name="recall")
        self._judge.compile(loss=_itself, weighted_metrics=[recall])

    def training(self, epoch, first, steps):
        """Batches of one epoch, from a step on."""
        return self._training(histories.HISTORIES, epoch, first, steps, self._kind)

    def touch(self):
        """Use the network once, which makes what its metrics keep."""
        self.network.evaluate(self.training(1, 0, 1), steps=1, verbose=0)

    def training_error(self, history):
        """The error of an interval, from what `fit` has noted."""
        return history["loss"][0]

    def held_out_error(self):
        """The error on the held-out part."""
        rows, of = len(self._sample[0]), self.part[1]
        at_once = CELLS // networks.table_rows(self.metadata.n_books)
        size = max(min(self.batch, at_once) // of, 1) * of
        found = self._judge.evaluate(
            self._sample_batches(size), steps=-(-rows // size), verbose=0, return_dict=True
        )
        return 1 - found["recall"]

    useless_error = 1.0  # no list can be so bad that its error is above

    def _sample_batches(self, size):
        here = streaming.own_part(size, self.part)
        for start in range(0, len(self._sample[0]), size):
            known, wanted = (array[start : start + size] for array in self._sample)
            weights = np.ones((len(known), 1), "float32")
            known, wanted, weights = streaming.filled_up([known, wanted, weights], size)
            yield (known[here], wanted[here]), np.zeros_like(weights[here]), weights[here]

    def exports(self, run):
        """Files to be written, and what writes each."""
        table = towers.table_of(self.network, self.metadata.n_books)
        # The table alone is what lists are made from; the network is for Keras.
        return [
            (run.table, lambda path: np.save(path, table)),
            (run.model, towers.to_scores(table).save),
        ]


def _itself(_, found):
    return found
