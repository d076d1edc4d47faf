"""What is told of a cell whose outputs are not those stored."""

from neurec_helpers.regression import pictures


class StoredFaults(Exception):
    """The notebook as stored is not fit to compare with."""


def where_it_is(item):
    """A notebook's path, from the folder of the checkout if it is in it."""
    path, root = item.path, item.config.rootpath
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def tell_faults(notebook, faults):
    """One line for each fault of a stored notebook."""
    lines = "\n".join(f"  {fault}" for fault in faults)
    return f"{notebook}: what is stored is not fit to compare with\n{lines}"


def tell_differences(item, where, differences, stem):
    """A few lines for each difference; pictures are saved beside the tests' other results.

    Parameters
    ----------
    item : pytest.Item
    where : str
        Notebook and cell.
    differences : list of compare.Difference
    stem : str
        How the names of saved pictures begin.

    Returns
    -------
    str
    """
    return "\n".join(
        _tell(item, where, difference, f"{stem}-{number}")
        for number, difference in enumerate(differences, 1)
    )


def _tell(item, where, difference, stem):
    message = difference.message.replace("\n", "\n  ")
    report = f"{where}: {difference.kind} differs\n  {message}"
    if difference.expected_image is None:
        return report
    return f"{report}\n  see {_save_images(item, difference, stem)}"


def _save_images(item, difference, stem):
    folder = item.config.rootpath / "build" / "regression"
    folder.mkdir(parents=True, exist_ok=True)
    expected, got = difference.expected_image, difference.got_image
    images = {"expected": expected, "got": got}
    if pictures.png_rms(expected, got) is not None:
        images["difference"] = pictures.difference_png(expected, got)
    for name, image in images.items():
        (folder / f"{stem}-{name}.png").write_bytes(image)
    return folder / f"{stem}-{{{','.join(images)}}}.png"
