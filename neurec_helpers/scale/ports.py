"""A free port of this machine."""

import socket


def free_port(host):
    """A port on which nobody listens at this address of the machine; "" for all addresses."""
    with socket.socket() as free:
        free.bind((host, 0))
        return free.getsockname()[1]
