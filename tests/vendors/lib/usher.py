"""What the Python clients share: what stands on usher's topics, and checks that can fail."""

import json
import os
import subprocess
import time

# How long a record may take to be there.
WITHIN_S = 30
done = 0


def check(right, what):
    """Counts what is right, and ends the client at what is not."""
    global done
    if not right:
        raise SystemExit(f"wrong: {what}")
    done += 1


def on_topic(topic):
    """All envelopes that stand on a topic."""
    command = [os.environ["USHER"], "tail", topic, "--from-start", "--once", "--unmasked"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [json.loads(line)["envelope"] for line in lines]


def waited(find, what):
    """What `find` finds at last."""
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        found = find()
        if found:
            return found
        time.sleep(0.2)
    raise SystemExit(f"wrong: {what} did not come within {WITHIN_S} s")


def transcript(message_id):
    """The archived message with this id."""
    def find():
        said = (envelope["transcript"] for envelope in on_topic("transcripts"))
        return next((one for one in said if one["message"]["id"] == message_id), None)

    return waited(find, f"the transcript of {message_id}")
