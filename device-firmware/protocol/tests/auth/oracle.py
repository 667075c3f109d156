"""Signs, verifies and reads HTTP messages with PyPI's http-message-signatures and http-sf.

A list of tasks comes in as JSON, a list of answers goes out. Nothing here was written by who wrote the other side.
"""

import datetime
import json
import sys

import http_sf
from http_message_signatures import (
    ContentDigest,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    MappingKeyResolver,
    algorithms,
)


class Headers(dict):
    """Names in any case."""

    def __init__(self, fields):
        super().__init__({name.lower(): value for name, value in fields})

    def __setitem__(self, name, value):
        super().__setitem__(name.lower(), value)


class Message:
    def __init__(self, task):
        self.headers = Headers(task["fields"])
        self.body = bytes.fromhex(task["body"])
        if "status" in task:
            self.status_code = task["status"]
            self.request = Message(task["request"])
        else:
            self.method, self.url = task["method"], task["url"]


def tools(task):
    keys = {task["keyid"]: bytes.fromhex(task["key"])}
    resolver = MappingKeyResolver(public_keys=keys, private_keys=keys)
    return {"signature_algorithm": algorithms.HMAC_SHA256, "key_resolver": resolver}


def verify(task):
    message = Message(task)
    verifier = HTTPMessageVerifier(**tools(task))
    verifier.require_created = False
    image = "content-length" in task["covered"]
    verifier.verify(
        message, max_age=None, require_components=task["covered"], body=None if image else message.body
    )
    return {"accepted": True}


def sign(task):
    message = Message(task)
    if "content-length" not in task["covered"]:
        ContentDigest.add(message.headers, message.body)
    HTTPMessageSigner(**tools(task)).sign(
        message,
        key_id=task["keyid"],
        created=datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc),
        nonce=task["nonce"],
        label="sig",
        covered_component_ids=task["covered"],
        use_existing_digest="content-digest" in message.headers,
    )
    return {"fields": list(message.headers.items())}


def read(task):
    def once(key, context):
        raise ValueError(f"{key} twice in {context}")

    # HTTP takes spaces and tabs off the ends of a field (RFC 9110, section 5.5).
    text = task["field"].strip(" \t").encode()
    field = http_sf.parse(text, tltype="dictionary", on_duplicate_key=once)
    _, params = field["sig"]
    return {"keyid": params["keyid"], "nonce": params["nonce"], "alg": params["alg"]}


def answer(task):
    try:
        return {"verify": verify, "sign": sign, "read": read}[task["do"]](task)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


print(json.dumps([answer(task) for task in json.load(sys.stdin)]))
