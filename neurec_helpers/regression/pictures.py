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

# Readers' pages are light or dark; what is transparent in one picture only differs on one of them.
PAGES = ("white", "black")


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
    apart = [_pixels(expected, square, page) - _pixels(got, square, page) for page in PAGES]
    return max(float(np.sqrt(np.mean(each**2))) for each in apart)


def difference_png(expected, got):
    """Draw where two pictures of one size differ: white where they agree, black at the most."""
    import numpy as np
    from PIL import Image

    apart = np.max(
        [np.abs(_pixels(expected, page=page) - _pixels(got, page=page)) for page in PAGES],
        axis=(0, 3),
    )
    file = io.BytesIO()
    Image.fromarray((255 - apart).astype("uint8")).save(file, format="PNG")
    return file.getvalue()


def size(picture):
    """Width and height of a picture, in pixels."""
    height, width, _ = _pixels(picture).shape
    return width, height


def _pixels(picture, square=1, page="white"):
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        laid = Image.new("RGBA", image.size, page)
        laid.alpha_composite(image.convert("RGBA"))
    return np.asarray(laid.convert("RGB").reduce(square), dtype=float)
