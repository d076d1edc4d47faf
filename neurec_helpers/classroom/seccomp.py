"""A filter of system calls for the sandbox, as the kernel's seccomp takes it.

It refuses what could hide memory from the watch or outlive a submission: user namespaces, in which
anybody may mount, and the kernel's keyrings.
"""

import errno
import platform
import struct
import tempfile

# By machine: its audit number, and the numbers of system calls.
MACHINES = {
    "x86_64": (0xC000003E, {"clone": 56, "unshare": 272, "keys": (248, 249, 250)}),
    "aarch64": (0xC00000B7, {"clone": 220, "unshare": 97, "keys": (217, 218, 219)}),
}
CLONE3 = 435  # the same on both
NEW_USER = 0x10000000  # the flag that asks for a user namespace
OTHER_TABLE = 0x40000000  # from here on: x86's x32, another way to the same calls

_LOAD, _EQUAL, _AT_LEAST, _HAS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000


def filter_program(machine):
    """The filter as a program of the kernel's packet filter; empty for a machine unknown here.

    Parameters
    ----------
    machine : str
        As `platform.machine` has it.

    Returns
    -------
    bytes
    """
    if machine not in MACHINES:
        return b""
    audit, calls = MACHINES[machine]
    # Each line: operation, value, and where to go on if it is so, or if it isn't.
    lines = [
        (_LOAD, _MACHINE, "", ""),
        (_EQUAL, audit, "", "refuse"),
        (_LOAD, _NUMBER, "", ""),
        (_AT_LEAST, OTHER_TABLE, "refuse", ""),
        *((_EQUAL, number, "refuse", "") for number in calls["keys"]),
        # Its flags lie in memory, where no filter can look; libraries then take clone.
        (_EQUAL, CLONE3, "unknown", ""),
        (_EQUAL, calls["clone"], "flags", ""),
        (_EQUAL, calls["unshare"], "flags", "allow"),
        ("flags", _LOAD, _FIRST_ARGUMENT, "", ""),
        (_HAS, NEW_USER, "refuse", "allow"),
        ("allow", _RETURN, _ALLOW, "", ""),
        ("refuse", _RETURN, _REFUSE | errno.EPERM, "", ""),
        ("unknown", _RETURN, _REFUSE | errno.ENOSYS, "", ""),
    ]
    places = {line[0]: place for place, line in enumerate(lines) if len(line) == 5}
    return b"".join(_packed(place, line[-4:], places) for place, line in enumerate(lines))


def _packed(place, line, places):
    operation, value, *ways = line
    jumps = [places[way] - place - 1 if way else 0 for way in ways]
    return struct.pack("=HBBI", operation, *jumps, value)


def filter_file():
    """An open file that holds the filter of this machine, for bubblewrap to read."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(filter_program(platform.machine()))
    file.seek(0)
    return file
