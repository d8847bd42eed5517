"""A mail server of the tests' own: it speaks SMTP on a socket, and answers as a test says."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue

FINE = {
    "CONNECT": "220 mail.example",
    "DATA": "354 go on",
    "QUIT": "221 bye",
    "MESSAGE": "250 taken",
}
"""What it answers unless told otherwise; to all other commands "250 fine"."""


class MailServer:
    """What a running server was sent, and what it answers to each command.

    An answer of None is silence: the client waits until the test ends.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: dict[str, str | None] = dict(FINE)
        self.asked: Queue[str] = Queue()
        """The commands, and "CONNECT" and "MESSAGE", as they come."""
        self.mails: list[bytes] = []
        self.ended = threading.Event()

    def mailer(self, **options: object) -> dict[str, object]:
        """The entry of `settings.MAILERS` that sends by this server."""
        known = {"host": "127.0.0.1", "port": self.port, "timeout": 10}
        backend = "django.core.mail.backends.smtp.EmailBackend"
        return {"default": {"BACKEND": backend, "OPTIONS": known | options}}


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    """Run a server on a free port; with `tls` it speaks TLS from the first byte."""

    class Conversation(socketserver.StreamRequestHandler):
        def setup(self) -> None:
            if tls is not None:
                self.request = tls.wrap_socket(self.request, server_side=True)
            super().setup()

        def handle(self) -> None:
            self.say("CONNECT")
            while line := self.rfile.readline().decode():
                command = line.split()[0].upper()
                self.say(command)
                if command == "DATA" and (server.answers["DATA"] or "").startswith("354"):
                    server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                    self.say("MESSAGE")
                if command == "QUIT":
                    return

        def say(self, command: str) -> None:
            server.asked.put(command)
            answer = server.answers.get(command, "250 fine")
            if answer is None:
                server.ended.wait()
            else:
                self.wfile.write(f"{answer}\r\n".encode())

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that went away, or does not trust us, is what the test is about."""

    with Listener(("127.0.0.1", 0), Conversation) as listener:
        server = MailServer(listener.server_address[1])
        thread = threading.Thread(target=listener.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            listener.shutdown()
            thread.join()
