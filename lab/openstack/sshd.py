"""`sshd.py ADDRESS PORT`: what answers at the SSH port of a compute host as long as that has power.

It greets as a real one does (RFC 4253, 4.2) and takes nobody in. A host that hangs still takes connections, since the
kernel does that, and greets nobody: that is so here, too, when this process is frozen.
"""

import socketserver
import sys

BANNER = b"SSH-2.0-VMMS_Lab\r\n"
LONGEST_CALL = 10.0
"""Seconds until a caller that says nothing is hung up on."""


class Greeting(socketserver.StreamRequestHandler):
    """Greet, hear the caller's own greeting, hang up."""

    timeout = LONGEST_CALL

    def handle(self) -> None:
        """See the class."""
        try:
            self.wfile.write(BANNER)
            self.rfile.readline(256)
        except OSError:
            return  # the caller has gone, or says nothing


class Door(socketserver.ThreadingTCPServer):
    """Takes calls, each on a thread of its own."""

    allow_reuse_address = True
    daemon_threads = True


def main(address: str, port: int) -> None:
    """Serve until the end of the process."""
    with Door((address, port), Greeting) as door:
        door.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
