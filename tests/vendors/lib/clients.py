"""The clients: each a folder with `main.py` and `requirements.txt`, or `main.js` and `package-lock.json`."""

import hashlib
import pathlib
import re
import shutil
import subprocess
import sys

from trouble import Trouble

PROGRAMS = ("main.py", "main.js")
HERE = pathlib.Path(__file__).resolve().parent.parent


class Client:
    """One folder."""

    def __init__(self, folder):
        self.folder = folder
        self.name = folder.name
        programs = [folder / name for name in PROGRAMS if (folder / name).exists()]
        if not programs:
            raise Trouble(f"{folder} has neither {' nor '.join(PROGRAMS)}")
        self.program = programs[0]
        self.is_python = self.program.suffix == ".py"

    @property
    def command(self):
        if self.is_python:
            return [str(self.folder / "venv/bin/python"), self.program.name]
        return ["node", self.program.name]

    def accounts(self):
        """The accounts that it needs; `$PORT_…` in them is a port of its own."""
        file = self.folder / "accounts.json"
        return file.read_text() if file.exists() else "[]"

    def ports(self):
        """The names of the ports that it listens on: those in its accounts, and those that its program reads."""
        return sorted(set(re.findall(r"\bPORT_[A-Z0-9_]+", self.accounts() + self.program.read_text())))

    def missing_tools(self):
        """What must be installed by hand, each with the way to do it."""
        if self.is_python:
            works = subprocess.run([sys.executable, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0
            return [] if works else ["python3-venv (apt-get install -y --no-install-recommends python3-venv)"]
        tools = [tool for tool in ("node", "npm") if not shutil.which(tool)]
        return [f"{tool} (apt-get install -y --no-install-recommends nodejs npm)" for tool in tools]

    def install(self):
        """Installs what it pins, beside it, unless that is there already."""
        pins = self.folder / ("requirements.txt" if self.is_python else "package-lock.json")
        target = self.folder / ("venv" if self.is_python else "node_modules")
        wanted = hashlib.sha256(pins.read_bytes()).hexdigest()
        marker = target / ".installed"
        if marker.exists() and marker.read_text() == wanted:
            return
        shutil.rmtree(target, ignore_errors=True)
        for command in self.installing(target, pins):
            done = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                raise Trouble(f"{self.name} can not be installed: {' '.join(command)} said:\n{done.stdout}")
        target.mkdir(exist_ok=True)
        marker.write_text(wanted)

    def installing(self, target, pins):
        if self.is_python:
            pip = [str(target / "bin/pip"), "install", "--quiet", "--no-deps", "-r", str(pins)]
            return [[sys.executable, "-m", "venv", str(target)], pip]
        return [["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]]


def of(names):
    """The clients with these names, all without names."""
    there = sorted(folder.name for folder in HERE.iterdir() if folder.is_dir() and folder.name != "lib")
    unknown = [name for name in names if name not in there]
    if unknown:
        raise Trouble(f"there is no client {', '.join(unknown)}; there are: {', '.join(there)}")
    return [Client(HERE / name) for name in names or there]
