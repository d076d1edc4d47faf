"""The folder of one training run: what was asked for, how far it is, and where each part lies."""

import contextlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text


@dataclass(frozen=True)
class Settings:
    """All that the numbers of a run depend on.

    Attributes
    ----------
    source : str
        As `preparing.find_files` takes it.
    user, book, rating : str
        Names of columns.
    model : str
        One of `networks.MODELS`.
    epochs, batch_size, patience, seed : int
        `patience`: epochs without a better held-out error after which training ends.
    learning_rate : float
        0 for the model's own.
    held_out : float
        Share of the pairs that are kept from training.
    checkpoint_steps : int
        A checkpoint is kept after so many steps, and after each epoch.
    """

    source: str
    user: str
    book: str
    rating: str
    model: str
    epochs: int
    batch_size: int
    patience: int
    seed: int
    learning_rate: float
    held_out: float
    checkpoint_steps: int


class RunFolder:
    """Paths and records of a run.

    A run goes in *legs*, from one checkpoint to the next. After each leg its checkpoint is
    written, and then one line of `progress.jsonl`: so a leg that has its line has its checkpoint.
    """

    def __init__(self, path):
        self.path = Path(path).resolve()
        self.data = self.path / "data"
        self.checkpoints, self.best = self.path / "checkpoints", self.path / "best"
        self.model = self.path / "model.keras"
        self._settings, self._progress = self.path / "run.json", self.path / "progress.jsonl"

    def log(self, process):
        """Where a process writes what is meant for nobody but the curious."""
        return self.path / f"process-{process}.log"

    def shards(self, process):
        """Where a process says which part of each table it holds."""
        return self.path / f"shards-{process}.json"

    @contextlib.contextmanager
    def locked(self, process):
        """Hold the folder, so that no other run goes into it.

        Raises
        ------
        NeurecError
            If another run holds it.
        """
        import filelock

        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self.path / f".lock-{process}", timeout=0)
            with lock:
                yield
        except filelock.Timeout as error:
            raise NeurecError(
                f"another run is at work in {self.path}. Wait for it, end it, or give another --out."
            ) from error
        except OSError as error:
            raise NeurecError(f"{self.path} can't be used: {error.strerror or error}.") from error

    def settings(self):
        """The settings of the run that is here, or None."""
        try:
            return Settings(**json.loads(self._settings.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as error:
            raise NeurecError(
                f"{self._settings} is damaged: {error}. Give another --out."
            ) from error

    def keep(self, settings):
        """Note the settings of a new run.

        Raises
        ------
        NeurecError
            If there is a run with other ones.
        """
        there = self.settings()
        if there is None:
            foreign = [p.name for p in self.path.iterdir() if not p.name.startswith(".")]
            if foreign:
                raise NeurecError(
                    f"{self.path} holds {foreign[0]}, but no run. Give a new folder with --out."
                )
            text = json.dumps(asdict(settings), indent=1, ensure_ascii=False) + "\n"
            write_text(text, self._settings)
            return
        now, before = asdict(settings), asdict(there)
        other = [
            f"{name.replace('_', ' ')} {before[name]}, not {now[name]}"
            for name in now
            if now[name] != before[name]
        ]
        if other:
            raise NeurecError(
                f"{self.path} holds a run with {'; '.join(other)}. Go on with the same settings, or "
                "give another --out."
            )

    def forget(self):
        """Drop the settings of a run that never began, so that it can be asked for otherwise."""
        self._settings.unlink(missing_ok=True)

    def legs(self):
        """What is known of each leg that is done: a list of dicts."""
        try:
            lines = self._progress.read_text(encoding="utf-8").split("\n")
        except FileNotFoundError:
            return []
        done = []
        # What follows the last end of line was cut off by whatever ended the run.
        for line in lines[:-1]:
            try:
                done.append(json.loads(line))
            except ValueError:
                break
        return done

    def add_leg(self, leg):
        """Note that a leg is done and its checkpoint written."""
        with open(self._progress, "a", encoding="utf-8") as file:
            file.write(json.dumps(leg) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def rewind(self):
        """Remove what an interrupted run has left unfinished.

        Returns
        -------
        list of dict
            The legs that are done, the last with its checkpoint.
        """
        legs = self.legs()
        while legs and not (self.checkpoints / str(len(legs) - 1)).is_dir():
            legs.pop()
        if self._progress.exists():
            text = "".join(json.dumps(leg) + "\n" for leg in legs)
            write_text(text, self._progress)
        for folder in (self.checkpoints, self.best):
            for path in folder.iterdir() if folder.is_dir() else ():
                if not path.name.isdigit() or int(path.name) >= len(legs):
                    shutil.rmtree(path, ignore_errors=True)
        return legs


def held_out_errors(legs):
    """Mean squared error on the held-out part after each epoch that is done."""
    return [leg["held_out_mse"] for leg in legs if leg["held_out_mse"] is not None]


def has_ended(legs, settings):
    """Whether a run with these legs is over: all epochs done, or none better for long enough."""
    errors = held_out_errors(legs)
    if len(errors) == settings.epochs:
        return True
    return len(errors) - best_epoch(legs) >= settings.patience if errors else False


def best_epoch(legs):
    """Number of the epoch with the lowest held-out error, from 1; 0 if none is done."""
    errors = held_out_errors(legs)
    return errors.index(min(errors)) + 1 if errors else 0
