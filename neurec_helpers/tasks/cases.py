"""Cases that functions are tried on: drawn, until every known mistake shows."""

import numpy as np


def draw_apart(rng, draw, wrong):
    """Draw cases on which no mistake gives the right results, nor two different ones the same.

    Parameters
    ----------
    rng : numpy.random.Generator
    draw : callable
        Takes `rng`; returns a list of cases, each the arguments and, last, the right result.
    wrong : sequence of (str, callable)
        Names of mistakes and what they compute from the arguments.

    Returns
    -------
    list of tuple
    """
    while True:
        cases = draw(rng)
        seen = [("", _flat([case[-1] for case in cases]))]
        seen += [(name, _results(cases, rule)) for name, rule in wrong]
        if not any(
            one[0] != other[0] and _alike(one[1], other[1])
            for place, one in enumerate(seen)
            for other in seen[:place]
        ):
            return cases


def first_match(results, cases, wrong):
    """Name of the first mistake that gives these `results` for these `cases`, or None."""
    results = _flat(results)
    for name, rule in wrong:
        if _alike(results, _results(cases, rule)):
            return name
    return None


def is_rounded(results, right):
    """Whether `results` are the `right` ones, rounded."""
    results, right = _flat(results), _flat(right)
    return any(_alike(results, np.round(right, decimals), 1e-12) for decimals in range(1, 5))


def _results(cases, rule):
    return _flat([rule(*case[:-1]) for case in cases])


def _flat(results):
    return np.concatenate([np.ravel(np.asarray(result, dtype=float)) for result in results])


def _alike(some, others, tolerance=1e-6):
    return some.shape == others.shape and np.allclose(some, others, rtol=tolerance, atol=tolerance)
