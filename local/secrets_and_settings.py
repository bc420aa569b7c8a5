"""Fills the secrets that an operator fills on AWS after the first deployment."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from local import aws


def fill(endpoint: str, resources: Mapping[str, str], *, webhook_secret: str) -> None:
    """`resources`: physical id of each logical id. What is already right stays as it is."""
    client = aws.client("secretsmanager", endpoint)
    _put(client, resources["PaddleWebhookSecret"], {"secrets": [webhook_secret]})
    if not _is_cursor_key(_content(client, resources["CursorSecret"])):
        _put(client, resources["CursorSecret"], {"key": secrets.token_hex(32)})


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
