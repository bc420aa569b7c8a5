# ruff: noqa
# What the rules of outside.yaml find (ruleid) and let pass (ok).

# ruleid: called-past-the-doors
import requests

# ruleid: called-past-the-doors
from urllib.request import urlopen

# ruleid: called-past-the-doors
import http.client

# ok: called-past-the-doors
from urllib.parse import quote

# ruleid: boto3-in-the-layer
import boto3

# ruleid: boto3-in-the-layer
from boto3.dynamodb.conditions import Key

# ok: boto3-in-the-layer
import botocore

# ruleid: environment-read
from os import environ


def verify(key, given_digest, body, signature):
    # ruleid: digest-compared
    if given_digest == digest_of(body):
        return True
    # ruleid: digest-compared
    if hmac.new(key, body, "sha256").hexdigest() == signature:
        return True
    # ruleid: digest-compared
    if hmac.digest(key, body, "sha256") == given:
        return True
    # ok: digest-compared
    if name == "h1":
        return True
    # ok: digest-compared
    return hmac.compare_digest(given_digest, digest_of(body))


def read(body, text):
    # ruleid: text-run-as-code
    value = pickle.loads(body)
    # ruleid: text-run-as-code
    value = eval(text)
    # ruleid: text-run-as-code
    value = yaml.load(text)
    # ruleid: text-run-as-code
    subprocess.run(text)
    # ok: text-run-as-code
    pattern = re.compile(text)

    # ruleid: json-read-loosely
    value = json.loads(body)
    # ok: json-read-loosely
    value = parse_json(body, bytes_max=65536)
    # ok: json-read-loosely
    return json.dumps(value)


def ask(pool, url, address):
    # ruleid: certificate-not-checked
    context = ssl._create_unverified_context()
    # ruleid: certificate-not-checked
    context.check_hostname = False
    # ruleid: certificate-not-checked
    context.verify_mode = ssl.CERT_NONE
    # ok: certificate-not-checked
    context = ssl.create_default_context(cafile=authorities)

    # ruleid: call-without-bounds
    pool.request("GET", url, timeout=3)
    # ruleid: call-without-bounds
    pool.request("GET", url, redirect=False)
    # ruleid: call-without-bounds
    socket.create_connection(address)
    # ok: call-without-bounds
    socket.create_connection(address, timeout=3)
    # ok: call-without-bounds
    pool.request("GET", url, headers={}, timeout=3, retries=False, redirect=False)


def who(event, headers):
    # ruleid: environment-read
    stage = os.environ["MAKEGOOD_STAGE"]
    # ok: environment-read
    stage = settings.stage()
    # ruleid: claims-read-elsewhere
    subject = event["requestContext"]["authorizer"]["jwt"]
    # ruleid: claims-read-elsewhere
    token = headers.get("authorization")
    # ok: claims-read-elsewhere
    return caller_of(event, scope).author
