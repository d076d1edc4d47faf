"""How far two pictures are apart."""

import io

IMAGES = ("image/png",)

# On a plot of 640 x 480 pixels, one digit changed in a label gives a root mean square of 1.5,
# a line of 1.4 points in place of 1.5 gives 0.8; the same plot drawn twice gives 0.0, since
# matplotlib brings its own font and its own FreeType. 0.5 forgives a level of grey here and there.
PNG_LIMIT = 0.5

# Where a plot may move, pixels say little: a thin line that has moved by its own width differs as
# much as one drawn elsewhere. So a tolerance counts the means of squares of so many pixels a side.
PNG_SQUARE = 16


def png_rms(expected, got, square=1):
    """Root mean square over pixels and colours (0 to 255) of two pictures.

    Parameters
    ----------
    expected, got : bytes
        Two files in any format that Pillow reads.
    square : int
        Compare the means of squares of so many pixels a side.

    Returns
    -------
    float or None
        None if the pictures have different sizes.
    """
    import numpy as np

    if _pixels(expected).shape != _pixels(got).shape:
        return None
    first, second = _pixels(expected, square), _pixels(got, square)
    return float(np.sqrt(np.mean((first - second) ** 2)))


def difference_png(expected, got):
    """Draw where two pictures of one size differ: white where they agree, black at the most."""
    import numpy as np
    from PIL import Image

    apart = np.abs(_pixels(expected) - _pixels(got)).max(axis=2)
    file = io.BytesIO()
    Image.fromarray((255 - apart).astype("uint8")).save(file, format="PNG")
    return file.getvalue()


def size(picture):
    """Width and height of a picture, in pixels."""
    height, width, _ = _pixels(picture).shape
    return width, height


def _pixels(picture, square=1):
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        page = Image.new("RGBA", image.size, "white")
        page.alpha_composite(image.convert("RGBA"))
    return np.asarray(page.convert("RGB").reduce(square), dtype=float)
