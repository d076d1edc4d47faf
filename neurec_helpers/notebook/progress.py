"""How far a run of several notebooks has come: a live display, or plain lines for a log."""

import time

import typer

from neurec_helpers.notebook.running import START, run_all

HEARTBEAT = 20.0


def seconds_left(runs, last, jobs, now):
    """Estimate of the seconds until all runs have ended.

    Parameters
    ----------
    runs : list of Run
    last : dict
        Seconds that each cell took last time: {notebook: {cell id: seconds}}. A cell that is not
        in it counts as the mean of those that have run now, or as one second.
    jobs : int
        How many notebooks run at once.
    now : float
        Reading of time.monotonic().

    Returns
    -------
    float
    """
    taken = [seconds for run in runs for seconds in list(run.seconds.values())]
    mean = sum(taken) / len(taken) if taken else 1.0
    rests = [_rest(run, last.get(run.name, {}), mean, now) for run in runs if not run.finished]
    return max(sum(rests) / jobs, *rests) if rests else 0.0


def _rest(run, last, mean, now):
    rest = 0.0
    for step in run.steps:
        if step not in run.seconds:
            elapsed = now - run.cell_began if step == run.cell else 0.0
            rest += max(last.get(step, mean) - elapsed, 0.0)
    return rest


def say_seconds(seconds):
    """A length of time for people: ``40 s`` or ``3 min``."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def say_where(run):
    """Where a run is now, in words."""
    return "starting its kernel" if run.cell in (START, "") else f"cell {run.cell}"


class LiveProgress:
    """A bar for the whole and one for each notebook that runs, with its cell named."""

    def __init__(self, runs, last, jobs, console):
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self.runs, self.last, self.jobs = runs, last, jobs
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            transient=True,
        )
        steps = sum(len(run.steps) for run in runs)
        self.whole = self.progress.add_task("All", total=steps, note="")
        self.bars = {
            run.name: self.progress.add_task(run.name, total=len(run.steps), note="", visible=False)
            for run in runs
        }

    def __enter__(self):
        self.progress.start()
        return self

    def __exit__(self, *_):
        self.progress.stop()

    def update(self):
        """Show the state of the runs as it is now."""
        for run in self.runs:
            self.progress.update(
                self.bars[run.name],
                completed=len(run.seconds),
                note=say_where(run),
                visible=bool(run.cell) and not run.finished,
            )
        left = seconds_left(self.runs, self.last, self.jobs, time.monotonic())
        done = sum(len(run.seconds) for run in self.runs)
        note = f"about {say_seconds(left)} left"
        self.progress.update(self.whole, completed=done, note=note)


class PlainProgress:
    """One line when a notebook starts and one when it ends, and a sign of life in between."""

    def __init__(self, runs, last, jobs, console):
        self.runs, self.last, self.jobs, self.console = runs, last, jobs, console
        self.started, self.ended, self.spoken = set(), set(), time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def update(self):
        """Print what is new since the last call."""
        for run in self.runs:
            if run.name not in self.started and (run.cell or run.finished):
                self.started.add(run.name)
                self._say(f"{run.name}: started, {len(run.steps) - 1} cells to run")
            if run.name not in self.ended and run.finished:
                self.ended.add(run.name)
                how = "failed after" if run.error else "done in"
                self._say(f"{run.name}: {how} {run.total_seconds:.1f} s ({self._state()})")
        if time.monotonic() - self.spoken > HEARTBEAT:
            now = [f"{run.name}, {say_where(run)}" for run in self.runs if run.cell]
            self._say(f"running: {'; '.join(now)} ({self._state()})")

    def _state(self):
        left = seconds_left(self.runs, self.last, self.jobs, time.monotonic())
        return f"{len(self.ended)} of {len(self.runs)}, about {say_seconds(left)} left"

    def _say(self, line):
        self.console.print(line, soft_wrap=True, highlight=False, markup=False)
        self.spoken = time.monotonic()


def watch_runs(runs, start, jobs, last, console):
    """Run notebooks with `running.run_all` and show how far they are.

    Parameters
    ----------
    runs : list of Run
        Taken up in this order.
    start : callable
        Runs the notebook of the Run that it is given.
    jobs : int
        How many may run at once.
    last : dict
        Seconds that each cell took last time, as for `seconds_left`.
    console : rich.console.Console
        Gets a live display if it is a terminal, else plain lines.

    Raises
    ------
    typer.Exit
        With status 130, after all kernels have ended, if Ctrl-C was pressed.
    """
    progress = LiveProgress if console.is_terminal else PlainProgress
    try:
        with progress(runs, last, jobs, console) as display:
            run_all(runs, start, jobs, display.update)
    except KeyboardInterrupt:
        console.print("Stopped. All kernels have ended.")
        raise typer.Exit(130) from None
