"""Fills the secrets and settings that an operator fills on AWS after the first deployment."""

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

from local import aws
from local.studio import server as studio_server

# What the template gives a new stack.
NOTHING_SET = {"time_zone": "UTC"}


def fill(
    endpoint: str,
    resources: Mapping[str, str],
    *,
    webhook_secret: str,
    api_key: str,
    studio_url: str,
) -> None:
    """`resources`: physical id of each logical id. What is already right stays as it is."""
    client = aws.client("secretsmanager", endpoint)
    _put(client, resources["PaddleWebhookSecret"], {"secrets": [webhook_secret]})
    _put(client, resources["PaddleApiKeySecret"], {"key": api_key})
    if not _is_cursor_key(_content(client, resources["CursorSecret"])):
        _put(client, resources["CursorSecret"], {"key": secrets.token_hex(32)})
    _set(aws.client("ssm", endpoint), resources["SettingsParameter"], studio_url)


def verify(endpoint: str, address: str) -> None:
    """Have SES take e-mails from the address, as its owner does by a link in an e-mail to it."""
    client = aws.client("sesv2", endpoint)
    try:
        client.create_email_identity(EmailIdentity=address)
    except client.exceptions.AlreadyExistsException:
        return


def _set(client: Any, name: str, studio_url: str) -> None:
    now = client.get_parameter(Name=name)["Parameter"]["Value"]
    wanted = with_settings(now, studio_url)
    if wanted != now:
        client.put_parameter(Name=name, Value=wanted, Overwrite=True)


def with_settings(text: str, studio_url: str) -> str:
    """The stand-in's settings for a new stack; else the same text, with the stand-in's port."""
    if _parsed(text) == NOTHING_SET:
        return json.dumps(studio_server.settings(studio_url), indent=1)
    return re.sub(r"http://127\.0\.0\.1:[0-9]+(?=/(?:health|jobs)/)", studio_url, text)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _put(client: Any, name: str, content: Mapping[str, Any]) -> None:
    if _content(client, name) != content:
        client.put_secret_value(SecretId=name, SecretString=json.dumps(content))


def _content(client: Any, name: str) -> Any:
    try:
        return json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    except (client.exceptions.ResourceNotFoundException, KeyError, ValueError):
        return None


def _is_cursor_key(content: Any) -> bool:
    try:
        return len(bytes.fromhex(content["key"])) == 32
    except (TypeError, KeyError, ValueError):
        return False
