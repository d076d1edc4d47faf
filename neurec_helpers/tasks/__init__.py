"""The tasks of the lesson, one file for each notebook."""

from neurec_helpers.tasks import (
    baselines,
    counts,
    deeper,
    dense_layers,
    embeddings,
    recommendations,
    split,
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
        recommendations.PREDICT_ALL,
        recommendations.BEST_UNREAD,
        recommendations.TITLES_OF,
        baselines.BIASES,
        baselines.STARS,
        baselines.PRECISION,
    )
}
