"""The Shelf: made ratings of made books, as hard as the lesson's file, with the truth known."""

from neurec_helpers.shelf.large import write_shelf
from neurec_helpers.shelf.making import Shelf, make_shelf
from neurec_helpers.shelf.saving import save_shelf

__all__ = ["Shelf", "make_shelf", "save_shelf", "write_shelf"]
