"""The official Python SDK of Alibaba Cloud, unmodified; only its endpoint is usher's."""

import importlib.metadata
import os
import pathlib
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))

import usher
from alibabacloud_ice20201109.client import Client
from alibabacloud_ice20201109.models import SendMessageChatTextRequest
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions

ENDPOINT = urllib.parse.urlsplit(os.environ["USHER_URL"]).netloc
TEXT = "限时折扣 a+b*c~&=/é\n仅剩 3 台 🎁"


def client(secret="aliyun-python-secret"):
    return Client(Config(access_key_id="aliyun-python", access_key_secret=secret, endpoint=ENDPOINT, protocol="http"))


def request(**changed):
    said = {"aiagent_id": "python-agent", "session_id": "python-session", "receiver_id": "user01", "text": TEXT,
            "type": "custom"}
    return SendMessageChatTextRequest(**{**said, **changed})


def send(**changed):
    return client().send_message_chat_text_with_options(request(**changed), RuntimeOptions())


def refused(code, sender, **changed):
    """The call must end as the SDK says it, with the vendor's code, our sentence and a number."""
    try:
        sender.send_message_chat_text_with_options(request(**changed), RuntimeOptions())
    except Exception as error:
        usher.check(code in f"{getattr(error, 'code', '')}", f"{code}: the SDK says {error!r}")
        usher.check(str(getattr(error, "message", "")), f"{code} comes with a sentence")
        return
    usher.check(False, f"{code}: it was taken")


def main():
    answer = send(type="announcement", need_archiving=True)
    usher.check(answer.status_code == 200, "a message is taken")
    message = answer.body.request_id.replace("-", "").lower()
    said = usher.transcript(message)
    usher.check(said["message"]["content"]["text"] == TEXT, "the text is the one that was sent")
    usher.check('"type":"announcement"' in said["message"]["ext"], "its kind goes along")
    usher.check((said["account"], said["visitor"]) == ("aliyun-python", "user01"), "it is for that customer")

    hidden = send(need_archiving=False).body.request_id.replace("-", "").lower()
    later = send(mode="online").body.request_id.replace("-", "").lower()
    usher.transcript(later)
    archived = {envelope["transcript"]["message"]["id"] for envelope in usher.on_topic("transcripts")}
    usher.check(hidden not in archived and message in archived, "what must not be archived is not")

    long = send(text="售" * 2_700).body.request_id.replace("-", "").lower()
    usher.check(len(usher.transcript(long)["message"]["content"]["text"]) == 2_700, "a long text comes whole")

    refused("SignatureDoesNotMatch", client("wrong"))
    refused("InvalidAIAgentId.NotFound", client(), aiagent_id="nobody")
    refused("MissingParameter", client(), text=None)
    refused("InvalidParameter", client(), type="neither")
    refused("InvalidParameter", client(), text="a" * 9_000)

    version = importlib.metadata.version("alibabacloud-ice20201109")
    print(f"alibabacloud_ice20201109 {version}: {usher.done} checks")


main()
