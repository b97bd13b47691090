"""An S3 that nobody here wrote (moto) keeps usher's files: the ignored test of ingest drives it."""

import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
S3 = f"http://127.0.0.1:{os.environ['PORT_S3']}"
UP_WITHIN_S = 30
# With the features of the whole workspace, as the runner has built it: no time of this client goes into building.
TEST = ["cargo", "test", "--quiet", "--workspace", "--lib", "files_lie_in_a_bucket", "--", "--ignored"]


def bucket():
    """Makes the bucket as soon as the server is up."""
    until = time.monotonic() + UP_WITHIN_S
    while True:
        try:
            return urllib.request.urlopen(urllib.request.Request(f"{S3}/usher", method="PUT"), timeout=5).close()
        except urllib.error.URLError as problem:
            if time.monotonic() > until:
                sys.exit(f"moto does not answer at {S3}: {problem}")
            time.sleep(0.2)


def unfinished():
    """What the bucket says of uploads that are still open: nothing may be, or they lie there for ever."""
    with urllib.request.urlopen(f"{S3}/usher?uploads", timeout=5) as answer:
        return "<Upload>" in answer.read().decode()


def main():
    server = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", os.environ["PORT_S3"]]
    moto = subprocess.Popen(server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        bucket()
        tested = subprocess.run(TEST, cwd=HERE, env={**os.environ, "USHER_TEST_S3": S3}, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        left = unfinished()
    finally:
        moto.terminate()
        moto.wait()
    if tested.returncode != 0 or "1 passed" not in tested.stdout:
        sys.exit(tested.stdout)
    if left:
        sys.exit("an upload that was refused is still open in the bucket")
    print("files go to a bucket in parts, come back whole, and end there; what is refused leaves nothing")


main()
