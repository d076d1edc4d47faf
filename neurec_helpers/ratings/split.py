"""The lesson's split into a training and a test part."""


def split_ratings(ratings):
    """Split 4 : 1, shuffled with the seed 42, as notebook 01 does.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row for each rating.

    Returns
    -------
    train, test : pandas.DataFrame
        Four fifths and one fifth of the rows, with the index that they had.
    """
    from sklearn.model_selection import train_test_split

    return train_test_split(ratings, test_size=0.2, random_state=42)
