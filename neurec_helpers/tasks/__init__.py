"""The tasks of the lesson, one file for each notebook."""

from neurec_helpers.tasks import (
    baselines,
    counts,
    deeper,
    dense_layers,
    embeddings,
    recommendations,
    scores,
    split,
    stars,
    training,
)

TASKS = {
    task.id: task
    for task in (
        split.SPLIT,
        counts.BOOKS,
        counts.USERS,
        embeddings.USER_BRANCH,
        dense_layers.NETWORK,
        training.MEAN_SQUARED_ERROR,
        training.BASELINE,
        deeper.BEST_EPOCH,
        scores.PREDICT_ALL,
        recommendations.BEST_UNREAD,
        recommendations.TITLES_OF,
        baselines.BIASES,
        stars.STARS,
        stars.PRECISION,
    )
}
