"""A running usher for the clients: a real Kafka, the three services as processes, one tenant with the clients' accounts."""

import hashlib
import http.server
import json
import os
import pathlib
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

from trouble import Trouble

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
KAFKA = "127.0.0.1:19092"
TENANT = "vendors"
API_KEY = "vendors-api-key"
SERVICES = ("ingest", "routing", "delivery")
# How long the services may take to be ready, and to stop.
READY_WITHIN_S = 60
STOP_WITHIN_S = 20


class Stage:
    """Everything that a client meets; as a context, it ends what it started."""

    def __init__(self, folder, clients):
        self.folder = folder
        self.prefix = f"vendors-{os.getpid()}"
        self.ports = Ports()
        self.processes = {}
        self.workspace = None
        self.own = {client.name: {name: str(self.ports.free()) for name in client.ports()} for client in clients}
        self.clients = clients
        self.addresses = {name: f"127.0.0.1:{self.ports.free()}" for name in ("ingest", "stream", "peer")}
        self.admin = {name: f"127.0.0.1:{self.ports.free()}" for name in SERVICES}

    def __enter__(self):
        try:
            self.usher = build()
            checked([str(ROOT / "deploy/kafka/start")], "the local Kafka")
            self.workspace = workspace()
            (self.folder / "accounts.yaml").write_text(json.dumps(self.accounts()))
            checked([self.usher, "topics", "apply"], "usher topics apply", self.configuration())
            for service in SERVICES:
                self.start(service)
            for service in SERVICES:
                self.wait_until_ready(service)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
        if self.workspace:
            self.workspace.shutdown()
        self.remove_topics()

    def configuration(self, service="ingest"):
        """The environment that configures usher; clients have it too, so that they can call `usher tail`."""
        return {
            **os.environ,
            "USHER__KAFKA__BROKERS": KAFKA,
            "USHER__KAFKA__PREFIX": self.prefix,
            "USHER__HTTP__LISTEN": self.addresses["ingest"],
            "USHER__STREAM__LISTEN": self.addresses["stream"],
            "USHER__STREAM__PEER_LISTEN": self.addresses["peer"],
            "USHER__MEDIA__URL": str(self.folder / "media"),
            "USHER__ADMIN__LISTEN": self.admin[service],
            "USHER__ACCOUNTS__FILE": str(self.folder / "accounts.yaml"),
            "USHER__WORKER__NAME": f"{self.prefix}-{service}",
        }

    def environment(self, client):
        """What a client finds in its environment."""
        return {
            **self.configuration(),
            "USHER": self.usher,
            "USHER_URL": f"http://{self.addresses['ingest']}",
            "USHER_STREAM_URL": f"http://{self.addresses['stream']}",
            "USHER_TENANT": TENANT,
            "USHER_API_KEY": API_KEY,
            **self.own[client.name],
        }

    def accounts(self):
        """The accounts file: one tenant, one desk, what each client asks for."""
        accounts = []
        for client in self.clients:
            text = client.accounts()
            for name, port in sorted(self.own[client.name].items(), reverse=True):
                text = text.replace(f"${name}", port)
            accounts += [{"desk": "vendors-desk", **account} for account in json.loads(text)]
        workspace = {
            "url": f"http://127.0.0.1:{self.workspace.server_port}/",
            "secret": "whsec_dmVuZG9ycy13b3Jrc3BhY2Utc2VjcmV0LWZvci10ZXN0cw==",
        }
        tenant = {
            "tenant": TENANT,
            "api_key_sha256": [hashlib.sha256(API_KEY.encode()).hexdigest()],
            "desks": [{"desk": "vendors-desk", "workspace": workspace}],
            "accounts": accounts,
        }
        return {"tenants": [tenant]}

    def start(self, service):
        log = open(self.folder / f"{service}.log", "w")
        self.processes[service] = subprocess.Popen(
            [self.usher, service], env=self.configuration(service), stdout=log, stderr=subprocess.STDOUT)

    def wait_until_ready(self, service):
        until = time.monotonic() + READY_WITHIN_S
        while not is_ready(f"http://{self.admin[service]}/readyz"):
            if self.processes[service].poll() is not None:
                raise Trouble(f"usher {service} ended while it started:\n{self.logs()}")
            if time.monotonic() > until:
                raise Trouble(f"usher {service} was not ready within {READY_WITHIN_S} s:\n{self.logs()}")
            time.sleep(0.1)

    def logs(self):
        """The ends of the services' logs."""
        files = sorted(self.folder.glob("*.log"))
        return "\n".join(f"== {file.name}\n" + "\n".join(file.read_text().splitlines()[-15:]) for file in files)

    def remove_topics(self):
        """Leaves the local Kafka as it was found."""
        tool = ["java", "-XX:TieredStopAtLevel=1", "-cp", str(ROOT / "deploy/kafka/lib/*"),
                "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", KAFKA]
        subprocess.run([*tool, "--delete", "--if-exists", "--topic", f"{self.prefix}\\..*"], capture_output=True)


class Ports:
    """Ports that nothing listens on; each is given once."""

    def __init__(self):
        self.given = set()

    def free(self):
        while True:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            if port not in self.given:
                self.given.add(port)
                return port


def build():
    checked(["cargo", "build", "--quiet", "-p", "usher", "--bin", "usher"], "cargo build")
    # What a client drives of the project's own tests: built here, where no client's time runs.
    checked(["cargo", "test", "--quiet", "--no-run", "--workspace", "--lib"], "cargo test --no-run")
    said = subprocess.run(["cargo", "metadata", "--format-version=1", "--no-deps"], cwd=ROOT, capture_output=True)
    return str(pathlib.Path(json.loads(said.stdout)["target_directory"]) / "debug/usher")


def checked(command, name, environment=None):
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Trouble(f"{name} failed:\n{done.stdout}")


def is_ready(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def workspace():
    """A workspace that takes everything: the clients speak for visitors and tenants, not for agents."""

    class Taker(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
