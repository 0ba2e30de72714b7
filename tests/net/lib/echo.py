# SPDX-License-Identifier: MIT
"""An echo server for relays."""
import socket
import threading

from . import lab


class EchoServer(threading.Thread):
    """Listens on .port of 127.0.0.1 in a namespace, until close()."""

    def __init__(self, namespace):
        super().__init__(daemon=True)
        self.namespace, self.ready = namespace, threading.Event()
        self.start()
        self.ready.wait(lab.PATIENCE)

    def run(self):
        lab.enter_namespace(self.namespace)
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=500)
        self.port = self.socket.getsockname()[1]
        self.ready.set()
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.echo, args=(peer,), daemon=True).start()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def echo(peer):
        with peer:
            try:
                while text := peer.recv(65536):
                    peer.sendall(text)
            except OSError:
                pass
