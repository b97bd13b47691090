"""The verifier of https://www.standardwebhooks.com for Python, on a webhook that usher really sent."""

import http.server
import importlib.metadata
import json
import os
import pathlib
import sys
import threading
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import usher
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECRET = "whsec_aG9va3Mtc2VjcmV0LWZvci10aGUtdmVyaWZpZXJzLTAx"
OTHER = "whsec_aG9va3Mtc2VjcmV0LW9mLXNvbWVib2R5LWVsc2UtMDE="
hooks = []


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        hooks.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def refuses(secret, body, headers, what):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        usher.check(True, what)
        return
    usher.check(False, f"{what} is taken")


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT_HOOKS"])), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    push = urllib.request.Request(
        f"{os.environ['USHER_URL']}/v1/pushes",
        json.dumps({"account": "hooks-python", "visitor": "D", "text": 'é 售 "quoted"'}).encode(),
        {"authorization": f"Bearer {os.environ['USHER_API_KEY']}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(push, timeout=10) as answer:
        usher.check(answer.status == 202, "a push is taken")
    headers, body = usher.waited(lambda: hooks and hooks[0], "the webhook")
    payload = Webhook(SECRET).verify(body, headers)
    usher.check("é 售" in json.dumps(payload, ensure_ascii=False), "the verified payload is the message")
    refuses(OTHER, body, headers, "another secret")
    refuses(SECRET, body + " ", headers, "another body")
    print(f"standardwebhooks {importlib.metadata.version('standardwebhooks')} (PyPI): {usher.done} checks")


main()
