"""How archives are opened, also those that are made to stop or to fill the machine."""

import bz2
import gzip
import lzma
import tarfile
import tracemalloc
import zipfile

import pytest

from neurec_helpers.classroom import archives, collect
from tests.helpers.submitted_files import NAMES, PACKED, book, by_name, put, tarred, zipped


def foreign_zip(name, encoding, content):
    """A zip file whose name is in an encoding that the file does not tell, as Windows writes it."""
    raw = name.encode(encoding)
    stand_in = b"x" * len(raw)
    return zipped({stand_in.decode(): content}).replace(stand_in, raw)


@pytest.mark.parametrize("what", PACKED)
def test_archives_of_many_kinds_are_opened(tmp_path, what):
    suffix = {"one notebook by gzip": "-01_split.ipynb.gz", "zip under another name": ".rar"}
    put(tmp_path, f"Ada{suffix.get(what, '.' + what.split()[0])}", PACKED[what])
    (found,) = collect.collect(tmp_path, NAMES)
    assert (found.student, found.files) == ("Ada", {"01_split": book()})
    assert not found.doubts


def test_a_zip_of_no_date_is_opened(tmp_path):
    content = bytearray(zipped({"01_split.ipynb": book()}))
    for place in (10, content.index(b"PK\1\2") + 12):
        content[place : place + 4] = bytes(4)
    put(tmp_path, "Ada.zip", bytes(content))
    (found,) = collect.collect(tmp_path, NAMES)
    assert found.files == {"01_split": book()}


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Лавлейс/01_split.ipynb", "cp866"),
        ("Ёлкина Анна/01_split.ipynb", "cp866"),
        ("Пётр Чайковский/01_split.ipynb", "cp1251"),
        ("Zoë/01_split.ipynb", "cp437"),
    ],
)
def test_names_in_zip_files_of_older_systems_are_read_and_it_is_said(tmp_path, name, encoding):
    put(tmp_path, "Ada.zip", foreign_zip(name, encoding, book()))
    files = archives.read_entry(tmp_path / "Ada.zip")
    assert ["/".join(file.parts[1:]) for file in files] == [name]
    (found,) = collect.collect(tmp_path, NAMES)
    assert found.files and f"read as {encoding}" in found.notes[0]


def test_a_zip_file_of_very_many_entries_or_bytes_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_FILES", 3)
    monkeypatch.setattr(archives, "MOST_BYTES", 10_000)
    put(tmp_path, "Ada.zip", zipped({f"{n}/01_split.ipynb": book() for n in range(4)}))
    put(tmp_path, "Bob.zip", zipped({"01_split.ipynb": bytes(10_001)}, compression=8))
    put(tmp_path, "Cy.tar.gz", gzip.compress(tarred({"01_split.ipynb": bytes(20_000)})))
    put(tmp_path, "Di/01_split.ipynb")
    found = by_name(tmp_path)
    assert "4 files" in found["Ada"].why_missing("01_split")
    for name in ("Bob", "Cy"):
        assert found[name].files == {} and "more than it may" in found[name].why_missing("01_split")
    assert found["Di"].files


def test_archives_that_hold_archives_without_end_are_left_in_time(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_BYTES", 2_000_000)
    inner = b"PK\3\4" + bytes(500_000)  # small once packed, and no archive at all
    path = put(tmp_path, "Ada.zip", zipped({f"{n}.zip": inner for n in range(40)}, compression=8))
    troubles = [file.trouble for file in archives.read_entry(path)]
    assert sum("not a zip file" in trouble for trouble in troubles) < 5
    assert sum("more than" in trouble for trouble in troubles) > 30


def links(count):
    """A tar file that holds nothing but links."""
    entry = tarfile.TarInfo("a")
    entry.type, entry.linkname = tarfile.SYMTYPE, "b"
    return entry.tobuf() * count + bytes(1024)


BOMBS = {
    "bz2": bz2.compress(bytes(400_000)),
    "gz": gzip.compress(bytes(400_000)),
    "tar.xz": lzma.compress(links(2_000)),
    "zip": zipped({f"../{n}": b"" for n in range(60)}),
    "hidden.zip": zipped({f"__MACOSX/{n}": b"" for n in range(60)}),
    "deep.zip": zipped({f"{'a/' * 50}{n}": b"" for n in range(60)}),
}


@pytest.mark.parametrize("what", BOMBS)
@pytest.mark.parametrize("packed", [True, False])
def test_small_archives_that_unpack_to_much_are_left_in_time(tmp_path, monkeypatch, what, packed):
    monkeypatch.setattr(archives, "MOST_BYTES", 1_000_000)
    monkeypatch.setattr(archives, "MOST_FILES", 100)
    name = "Ada Lovelace_77_assignsubmission_file_"
    content = zipped({f"{n}.{what}": BOMBS[what] for n in range(90)}, compression=8)
    if packed:
        put(tmp_path, "Course.zip", zipped({f"{name}/neurec.zip": content}))
        files = archives.read_packed(tmp_path / "Course.zip")[name]
    else:
        files = archives.read_entry(put(tmp_path, f"{name}.zip", content))
    assert len(files) <= 101 and "more than 100 files or 1 MB" in files[-1].trouble
    (found,) = collect.collect(tmp_path, NAMES)
    assert found.ids == {"moodle": "77"} and found.why_missing("01_split")


def test_a_zip_file_by_bzip2_is_not_unpacked_as_a_whole(tmp_path):
    content = zipped({"01_split.ipynb": bytes(300_000_000)}, compression=zipfile.ZIP_BZIP2)
    path = put(tmp_path, "Ada.zip", content)
    tracemalloc.start()
    try:
        (file,) = archives.read_entry(path)
        assert tracemalloc.get_traced_memory()[1] < 250_000_000 and file.content
    finally:
        tracemalloc.stop()


def test_an_archive_that_opens_slowly_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MOST_SECONDS", -1)
    put(tmp_path, "Ada.zip", zipped({"01_split.ipynb": book()}))
    (found,) = collect.collect(tmp_path, NAMES)
    assert "seconds; the rest was not opened" in found.why_missing("01_split")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_damaged_zip_file_stops_nobody_else_and_no_other_file_in_it(tmp_path, method):
    inside = {"01_split.ipynb": bytes(range(256)) * 40, "02_users_and_books.ipynb": book()}
    content = bytearray(zipped(inside, compression=method))
    content[60:90] = b"\xff" * 30  # in the middle of what was packed
    put(tmp_path, "Ada.zip", bytes(content))
    put(tmp_path, "Grace/01_split.ipynb")
    found = by_name(tmp_path)
    assert list(found["Ada"].files) == ["02_users_and_books"]
    assert "can't be opened" in found["Ada"].why_missing("01_split")
    assert list(found["Grace"].files) == ["01_split"]


def test_what_was_read_before_an_archive_breaks_off_is_kept(tmp_path):
    content = tarred({"01_split.ipynb": book(), "02_users_and_books.ipynb": book()})
    second = content.index(b"02_users")
    broken = content[: second + 100] + b"no number" + content[second + 109 :]
    put(tmp_path, "Ada.tar", broken)
    (found,) = collect.collect(tmp_path, NAMES)
    assert list(found.files) == ["01_split"]
    assert "the rest of it is damaged" in found.why_missing("02_users_and_books")
