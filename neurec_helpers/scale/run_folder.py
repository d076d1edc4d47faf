"""The folder of one training run: what was asked for, how far it is, and where each part lies."""

import contextlib
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import remove_unfinished, write_text
from neurec_helpers.scale.integrity import checksum, digest_file, digest_folder, seal, unseal
from neurec_helpers.scale.sources import SETTINGS


@dataclass(frozen=True)
class Settings:
    """All that the numbers of a run depend on.

    Attributes
    ----------
    source : str
        As `sources.find_files` takes it.
    user, book, rating : str
        Names of columns.
    sep : str
        The one character between two columns of a CSV file.
    scale : tuple of two floats
        The lowest and the highest rating there can be.
    model : str
        One of `networks.MODELS`.
    epochs, batch_size, patience, seed : int
        `batch_size`: 0 lets the number of rows decide. `patience`: epochs without a better
        held-out error after which training ends.
    learning_rate : float
        0 for the model's own.
    held_out : float
        Share of the pairs that are kept from training.
    checkpoint_steps : int
        A checkpoint is kept after so many steps, and after each epoch.
    """

    source: str
    user: str = "user_id"
    book: str = "book_id"
    rating: str = "rating"
    sep: str = ","
    scale: tuple = (0.5, 5)
    model: str = "lesson"
    epochs: int = 5
    batch_size: int = 0
    patience: int = 2
    seed: int = 42
    learning_rate: float = 0
    held_out: float = 0.05
    checkpoint_steps: int = 1000

    def __post_init__(self):
        object.__setattr__(self, "scale", tuple(self.scale))  # JSON has lists only


class RunFolder:
    """Paths and records of a run.

    A run goes in checkpoint intervals. After each, its checkpoint is written, and then one line
    of `progress.jsonl`, with the checkpoint's digest: an interval that has its line has its
    checkpoint. The lines are kept twice, for one file may be deleted or damaged.
    """

    def __init__(self, path):
        self.path = Path(os.path.realpath(path))  # resolve may fail where links run in a circle
        self.data = self.path / "data"
        self.checkpoints, self.best = self.path / "checkpoints", self.path / "best"
        self.damaged = self.path / "damaged"
        self.model, self.table = self.path / "model.keras", self.path / "table.npy"
        self.index = self.path / "books.faiss"
        self._exported = self.path / "export.json"
        self._settings = self.path / SETTINGS
        self._progress = self.path / "progress.jsonl", self.path / ".progress-copy.jsonl"

    def log(self, process):
        """Where a process writes what is meant for nobody but the curious."""
        return self.path / f"process-{process}.log"

    def shards(self, process):
        """Where a process says which part of each table it holds."""
        return self.path / f"shards-{process}.json"

    @contextlib.contextmanager
    def locked(self, process):
        """Hold the folder, so that no other run goes into it; one left empty is removed.

        Raises
        ------
        NeurecError
            If another run holds it, or it can't be one.
        """
        import filelock

        path = self.path / f".lock-{process}"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(path, timeout=0):
                try:
                    yield
                finally:
                    if [p.name for p in self.path.iterdir()] == [path.name]:
                        shutil.rmtree(self.path, ignore_errors=True)
                    elif not self._settings.exists():
                        with contextlib.suppress(OSError):
                            path.unlink()  # no run began here: the folder is somebody's own
        except filelock.Timeout as error:
            raise NeurecError(
                f"another run is at work in {self.path}. Wait for it, end it, or give another "
                "--out."
            ) from error
        except (FileExistsError, NotADirectoryError) as error:
            raise NeurecError(
                f"{error.filename} can't be a folder, for a file of that name, or above it, is "
                "there. Give another --out."
            ) from error
        except OSError as error:
            raise NeurecError(
                f"{error.filename or self.path} can't be used: {error.strerror or error}. Put it "
                "right, or give another --out."
            ) from error

    # What was asked for

    def settings(self):
        """The settings of the run that is here, or None."""
        record = self._record()
        return record and Settings(**record["settings"])

    def source(self):
        """The fingerprint of the source as it was when the run began: see `sources`."""
        return self._record()["source"]

    def identity(self):
        """What tells the parts of this run from another's: a digest of what it is about, or None.

        Whatever is made in the run keeps it, for folders are copied and mixed up.
        """
        record = self._record()
        return record and checksum(record)

    def _record(self):
        try:
            record = unseal(self._settings.read_text(encoding="utf-8"))
            Settings(**record["settings"])
            return record
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (IsADirectoryError, ValueError, TypeError, KeyError) as error:
            raise NeurecError(
                f"{self._settings} is damaged, or of an earlier neurec. Give another --out."
            ) from error
        except OSError as error:
            raise NeurecError(
                f"{self._settings} can't be read: {error.strerror or error}. Put it right, or "
                "give another --out."
            ) from error

    def keep(self, settings, source):
        """Note the settings of a new run, and the fingerprint of its source."""
        foreign = [p.name for p in self.path.iterdir() if not p.name.startswith(".")]
        if foreign:
            raise NeurecError(
                f"{self.path} holds {sorted(foreign)[0]}, but no run. Give a new folder with --out."
            )
        write_text(seal({"settings": asdict(settings), "source": source}) + "\n", self._settings)

    def require_same(self, settings):
        """Raise NeurecError if the run here has other settings."""
        now, before = asdict(settings), asdict(self.settings())
        other = [
            f"{name.replace('_', ' ')} {before[name]}, not {now[name]}"
            for name in now
            if now[name] != before[name]
        ]
        if other:
            raise NeurecError(
                f"{self.path} holds a run with {'; '.join(other)}. Go on with the same settings, "
                "or give another --out."
            )

    def forget(self):
        """Drop the settings of a run that never began, so that it can be asked for otherwise."""
        self._settings.unlink(missing_ok=True)

    # How far it is

    def intervals(self):
        """What is known of each checkpoint interval that is done: a list of dicts."""
        return max((self._own_lines(path) for path in self._progress), key=len)

    def _own_lines(self, path):
        identity = self.identity()
        # Those of an earlier neurec have no such mark.
        return [each for each in _read_lines(path) if each.get("run", identity) == identity]

    def add_interval(self, interval):
        """Note that an interval is done and its checkpoint written."""
        interval = interval | {"run": self.identity()}
        for path in self._progress:
            with open(path, "a", encoding="utf-8") as file:
                file.write(seal(interval) + "\n")
                file.flush()
                os.fsync(file.fileno())

    def has_ended(self):
        """Whether the run that is here is over."""
        return has_ended(self.intervals(), self.settings())

    def intact_intervals(self, settings):
        """The intervals after the last of which the run can go on, or has ended."""
        intervals = self.intervals()
        while intervals and not self._can_go_on(intervals, settings):
            intervals.pop()
        return intervals

    def _can_go_on(self, intervals, settings):
        best = best_interval(intervals)
        if has_ended(intervals, settings):
            return self.is_exported() or self._is_intact(self.best, best, intervals)
        if best is not None and not self._is_intact(self.best, best, intervals):
            return False
        return self._is_intact(self.checkpoints, len(intervals) - 1, intervals)

    def _is_intact(self, folder, number, intervals):
        name = "checkpoint_digest" if folder == self.checkpoints else "best_digest"
        path = folder / str(number)
        return path.is_dir() and digest_folder(path) == intervals[number].get(name)

    def recover(self, settings):
        """Remove what an interrupted run has left unfinished, and set aside what is damaged.

        Returns
        -------
        (list of dict, str or None)
            The intervals after which the run goes on, and what was lost, in words.
        """
        made = self._settings, *self._progress, self._exported, self.model, self.table, self.index
        remove_unfinished(self.path, [path.name for path in made])
        known, intervals = self.intervals(), self.intact_intervals(settings)
        aside, is_unknown = [], False
        for folder in (self.checkpoints, self.best):
            if folder.is_file():
                aside.append(self._set_aside(folder))
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                number = int(path.name) if path.name.isdecimal() else None
                if number is None or number == len(known):
                    shutil.rmtree(path, ignore_errors=True)  # cut off before it had its line
                elif number >= len(intervals):
                    is_unknown |= number > len(known)
                    aside.append(self._set_aside(path))
        text = "".join(seal(interval) + "\n" for interval in intervals)
        for path in self._progress:
            if intervals or path.exists():
                write_text(text, path)
        if is_unknown:
            lost = f"{self._progress[0].name} is damaged, gone or another run's"
        elif len(intervals) < len(known):
            lost = "a checkpoint is damaged or gone"
        else:
            return intervals, None
        kept = f"; what was there is in {self.damaged} ({', '.join(aside)})" if aside else ""
        return intervals, f"In {self.path} {lost}{kept}."

    def _set_aside(self, path):
        self.damaged.mkdir(exist_ok=True)
        number = len(list(self.damaged.iterdir()))
        target = self.damaged / f"{number}-{path.parent.name}-{path.name}"
        path.rename(target)
        return target.name

    # What it made

    def note_export(self):
        """Note the digests of what was exported."""
        files = [path for path in (self.model, self.table) if path.is_file()]
        digests = {path.name: digest_file(path) for path in files}
        write_text(seal(digests | {"run": self.identity()}) + "\n", self._exported)

    def exported(self):
        """Name and digest of each file that was exported; empty if none was."""
        try:
            digests = unseal(self._exported.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return digests if digests.pop("run", self.identity()) == self.identity() else {}

    def is_exported(self):
        """Whether what was exported is here, as it was written."""
        paths = {self.path / name: digest for name, digest in self.exported().items()}
        return bool(paths) and all(
            path.is_file() and digest_file(path) == digest for path, digest in paths.items()
        )


def _read_lines(path):
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return []
    done = []
    # What follows the last end of line was cut off by whatever ended the run.
    for line in lines[:-1]:
        try:
            done.append(unseal(line))
        except ValueError:
            break
    return done


def held_out_errors(intervals):
    """The error on the held-out part after each epoch that is done: see `goals`."""
    return [each["held_out_error"] for each in intervals if each["held_out_error"] is not None]


def has_ended(intervals, settings):
    """Whether a run with these is over: all epochs done, or none better for long enough."""
    errors = held_out_errors(intervals)
    if len(errors) == settings.epochs:
        return True
    return len(errors) - best_epoch(intervals) >= settings.patience if errors else False


def best_epoch(intervals):
    """Number of the epoch with the lowest held-out error, from 1; 0 if none is done."""
    errors = held_out_errors(intervals)
    return errors.index(min(errors)) + 1 if errors else 0


def best_interval(intervals):
    """Number of the interval that ended the best epoch, from 0; None if no epoch is done."""
    ends = [k for k, each in enumerate(intervals) if each["held_out_error"] is not None]
    return ends[best_epoch(intervals) - 1] if ends else None
