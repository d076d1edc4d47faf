"""How far a run of several notebooks has come: a live display, or plain lines for a log."""

import time

import typer

from neurec_helpers.language import number, tr
from neurec_helpers.notebook.running import START, run_all
from neurec_helpers.progress import Progress, say_seconds


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


def say_where(run):
    """Where a run is now, in words."""
    return (
        tr("starting its kernel") if run.cell in (START, "") else tr("cell {cell}", cell=run.cell)
    )


class Watch:
    """Tells how far several runs are: a bar for all and one for each, or lines in a log."""

    def __init__(self, runs, last, jobs, progress):
        self.runs, self.last, self.jobs, self.progress = runs, last, jobs, progress
        self.started, self.ended = set(), set()

    def __call__(self):
        """Show the state of the runs as it is now."""
        left = tr("about {time} left", time=say_seconds(self._seconds_left()))
        for run in self.runs:
            if not self.progress.is_live:
                self._tell(run, left)
            self.progress.show(
                run.name, len(run.seconds), len(run.steps), say_where(run),
                visible=bool(run.cell) and not run.finished,
            )  # fmt: skip
        done = sum(len(run.seconds) for run in self.runs)
        steps = sum(len(run.steps) for run in self.runs)
        self.progress.show(
            tr("All"),
            done,
            steps,
            tr("{done} of {steps} cells, {left}", done=done, steps=steps, left=left),
        )

    def _tell(self, run, left):
        if run.name not in self.started and (run.cell or run.finished):
            self.started.add(run.name)
            self.progress.say(
                tr("{name}: started, {cells} cells to run", name=run.name, cells=len(run.steps) - 1)
            )
        if run.name not in self.ended and run.finished:
            self.ended.add(run.name)
            how = tr("failed after") if run.error else tr("done in")
            state = tr(
                "{ended} of {runs}, {left}", ended=len(self.ended), runs=len(self.runs), left=left
            )
            self.progress.say(f"{run.name}: {how} {number(run.total_seconds, '.1f')} s ({state})")

    def _seconds_left(self):
        return seconds_left(self.runs, self.last, self.jobs, time.monotonic())


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
    try:
        with Progress(console) as progress:
            run_all(runs, start, jobs, Watch(runs, last, jobs, progress))
    except KeyboardInterrupt:
        console.print(tr("Stopped. All kernels have ended."))
        raise typer.Exit(130) from None
