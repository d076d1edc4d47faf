"""What training takes as the ratings grow a hundredfold: seconds and memory."""

import json
import subprocess
import sys

from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import BUILD, ROOT

FOLDER = BUILD / "bench-scale"
MILLIONS = (1, 10, 100)
BATCH = 65_520
N_USERS, N_BOOKS = 100_000, 20_000


def measure(source, processes, say):
    """Prepare, stream and train on one source; what each takes, and pandas beside it."""
    data, out = FOLDER / f"data-{source.name}", FOLDER / f"run-{source.name}-{processes}"
    measured = {}
    if processes == 1:
        say(f"{source.name} million: preparing, streaming, and reading all with pandas")
        measured["prepare"] = run_step("prepare", source, data)
        measured["stream"] = run_step("stream", data / "train.parquet")
        measured["pandas"] = run_step("read_with_pandas", *sorted(source.iterdir()))
    say(f"{source.name} million: two epochs on {processes} process{'es' * (processes > 1)}")
    command = [sys.executable, "-m", "neurec_helpers", "train", source, "--out", out]
    options = ["--epochs=2", f"--batch-size={BATCH}", f"--processes={processes}"]
    _finish([*command, *options])
    intervals = [json.loads(line) for line in (out / "progress.jsonl").read_text().splitlines()]
    second = [one for one in intervals if one["epoch"] == 2]  # the first includes translating
    measured["train"] = {
        "rows": sum(one["rows"] for one in second),
        "seconds": sum(one["seconds"] for one in second),
        "peak": max(one["peak_bytes"] for one in intervals),
        "mse": [one["held_out_error"] for one in intervals if one["held_out_error"] is not None],
    }
    return measured


def run_step(name, *arguments):
    """Take a step of `scale_step` in a process of its own.

    Returns
    -------
    dict
        "rows", "seconds", "peak" and "base", the last two in bytes.
    """
    command = [sys.executable, "-m", "neurec_helpers.bench.scale_step", name, *arguments]
    return json.loads(_finish(command))


def _finish(command):
    done = subprocess.run(
        [str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NeurecError(f"a measurement failed: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def table_of(results):
    """What was measured, as a table in Markdown."""
    lines = [
        "| ratings | prepare | stream | an epoch | ratings/s | peak: prepare | peak: train | "
        "all in pandas: peak |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in results["sizes"]:
        prepare, stream, train, pandas = (
            row[part] for part in ("prepare", "stream", "train", "pandas")
        )
        lines.append(
            f"| {row['millions']} M | {prepare['seconds']:.1f} s | "
            f"{stream['rows'] / stream['seconds'] / 1e6:.1f} M/s | {train['seconds']:.1f} s | "
            f"{train['rows'] / train['seconds']:,.0f} | {prepare['peak'] / 1e9:.2f} GB | "
            f"{train['peak'] / 1e9:.2f} GB | {pandas['peak'] / 1e9:.2f} GB |"
        )
    two = results["two"]["train"]
    lines.append(
        f"| {two['rows'] / 0.95e6:.0f} M, two processes | | | {two['seconds']:.1f} s | "
        f"{two['rows'] / two['seconds']:,.0f} | | {two['peak'] / 1e9:.2f} GB each | |"
    )
    return "\n".join(lines)


def judge(rows):
    """How far time and memory are from what was promised, in words."""
    lines = []
    for small, large in zip(rows, rows[1:], strict=False):
        memory = large["train"]["peak"] / small["train"]["peak"]
        pace = [row["train"]["seconds"] / row["train"]["rows"] for row in (small, large)]
        lines.append(
            f"{small['millions']} to {large['millions']} million: peak memory x {memory:.2f}, "
            f"time per rating x {pace[1] / pace[0]:.2f}"
        )
    return lines


def save_picture(results, file):
    """Draw seconds and memory over the number of ratings; the picture in words."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    from neurec_helpers.plotting.style import COLOURS, LINES, MARKERS, STYLE

    rows = results["sizes"]
    ratings = [row["millions"] * 1e6 for row in rows]
    series = {
        "seconds an epoch": [("training", [row["train"]["seconds"] for row in rows])],
        "peak memory (GB)": [
            ("training, streamed", [row["train"]["peak"] / 1e9 for row in rows]),
            ("all in pandas", [row["pandas"]["peak"] / 1e9 for row in rows]),
        ],
    }
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
        for ax, (label, lines) in zip(axes, series.items(), strict=True):
            for k, (name, values) in enumerate(lines):
                ax.plot(
                    ratings, values, color=COLOURS[k], linestyle=LINES[k], marker=MARKERS[k],
                    label=name,
                )  # fmt: skip
            ax.set(xscale="log", xlabel="ratings (log scale)", ylabel=label)
            ax.set_xticks(ratings, [f"{row['millions']} million" for row in rows])
            ax.legend(loc="upper left")
        axes[0].set(title="Time grows with the ratings", yscale="log")
        axes[0].set_ylabel("seconds an epoch (log scale)")
        axes[0].yaxis.set_major_formatter("{x:g}")
        axes[1].set_ylim(bottom=0)
        axes[1].set_title("Memory does not, if streamed")
        figure.savefig(file, dpi=160)
        plt.close(figure)
    words = "; ".join(
        f"{row['millions']} million: {row['train']['seconds']:.1f} s an epoch, "
        f"{row['train']['peak'] / 1e9:.2f} GB, with pandas {row['pandas']['peak'] / 1e9:.2f} GB"
        for row in rows
    )
    return f"Two plots on logarithmic axes, over the number of ratings. {words}."
