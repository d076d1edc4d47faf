"""Made ratings for the tests of training at scale."""

import numpy as np
import pandas as pd


def made(rows=30_000, seed=3):
    """Ratings with gaps in the users' ids and with books whose ids are text."""
    rng = np.random.default_rng(seed)
    users, books = rng.integers(0, 900, rows) * 7 + 1_000, rng.integers(0, 150, rows)
    return pd.DataFrame(
        {
            "user_id": users,
            "book_id": [f"b'{book:03d}" for book in books],
            "rating": rng.integers(1, 6, rows).astype("float32"),
        }
    )
