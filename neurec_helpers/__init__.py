"""Helpers for the notebooks of one lesson: recommender systems by deep learning.

Use it as ``import neurec_helpers as nr``. Importing it loads nothing else and changes nothing:
each name below is loaded when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "tasks.checks": ["check", "hint", "solution"],
        "errors": ["NeurecError"],
        "plotting.showing": ["describe", "show"],
        "plotting.ratings": ["plot_activity", "plot_ratings"],
        "plotting.learning_curves": ["plot_learning_curves"],
        "plotting.predictions": ["plot_error_by_rating", "plot_predicted"],
        "plotting.network": ["plot_network"],
        "plotting.ladder": ["plot_ladder"],
        "plotting.lists": ["plot_lists"],
        "plotting.book_map": ["plot_map"],
        "plotting.growth": ["plot_growth"],
        "recommending.ladder": ["stored_ladder"],
        "recommending.ranking": ["ranking_metrics"],
        "recommending.lists": ["recommend", "scores", "similar"],
        "recommending.shop.making": ["shop"],
        "ratings.loading": ["load_books", "load_ratings", "noise_floor"],
        "shelf": ["make_shelf", "save_shelf", "write_shelf"],
        "shelf.truth": ["load_truth"],
        "ratings.split": ["split_ratings"],
        "startup": ["setup"],
    },
)
