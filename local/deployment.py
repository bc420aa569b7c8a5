"""Brings the emulated stack to what the template and the code say, as `sam deploy` does on AWS."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local import aws, template
from local.description import Resource
from local.packaging import digest, packed

STACK = "makegood"
BUCKET = "makegood-deployment"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
DEADLINE_SECONDS = 120
POLL_SECONDS = 0.1


class DeploymentFailedError(RuntimeError):
    """The template could not be deployed; the message has the reasons of each resource."""


@dataclass(frozen=True, slots=True)
class Deployed:
    resources: list[Resource]
    changed: bool
    """Whether there was anything to bring up to date."""


def deploy(endpoint: str, root: Path, parameters: Mapping[str, str]) -> Deployed:
    """Create the stack, or update it where something differs."""
    cloudformation, s3 = aws.client("cloudformation", endpoint), aws.client("s3", endpoint)
    s3.create_bucket(Bucket=BUCKET)
    source = template.read(root / "template.yaml")
    ready = template.with_code(source, root, lambda folder, inside: _upload(s3, folder, inside))
    given = template.declared(source, parameters)
    body = json.dumps(template.with_numbers(ready, given), sort_keys=True).encode()
    request = {
        "StackName": STACK,
        "TemplateURL": f"{endpoint}/{BUCKET}/{_put(s3, body, '.template')}",
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value} for name, value in given.items()
        ],
        "Capabilities": CAPABILITIES,
    }
    _remove_what_never_came_to_be(cloudformation)
    changed = _create_or_update(cloudformation, request)
    if changed:
        _wait(cloudformation)
    return Deployed(_resources(cloudformation), changed)


def _resources(cloudformation: Any) -> list[Resource]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    return [
        Resource(one["LogicalResourceId"], one["ResourceType"], one["PhysicalResourceId"])
        for page in pages
        for one in page["StackResourceSummaries"]
    ]


def _upload(s3: Any, folder: Path, inside: str) -> dict[str, str]:
    return {"Bucket": BUCKET, "Key": _put(s3, packed(folder, inside), ".zip")}


def _put(s3: Any, content: bytes, suffix: str) -> str:
    key = digest(content) + suffix
    s3.put_object(Bucket=BUCKET, Key=key, Body=content)
    return key


def _remove_what_never_came_to_be(cloudformation: Any) -> None:
    """A stack whose creation failed can only be deleted, as on AWS."""
    if _status(cloudformation) in ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"):
        cloudformation.delete_stack(StackName=STACK)


def _status(cloudformation: Any) -> str | None:
    try:
        stacks = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    except ClientError:
        return None
    return str(stacks[0]["StackStatus"])


def _create_or_update(cloudformation: Any, request: dict[str, Any]) -> bool:
    """Whether there is something to wait for."""
    if _status(cloudformation) in (None, "DELETE_COMPLETE"):
        cloudformation.create_stack(**request)
        return True
    try:
        cloudformation.update_stack(**request)
    except ClientError as error:
        # CloudFormation has no code of its own for this; the text is the contract.
        if "No updates are to be performed" in str(error):
            return False
        raise
    return True


def _wait(cloudformation: Any) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        status = _status(cloudformation) or "DELETED"
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return
        if "FAILED" in status or "ROLLBACK" in status:
            raise DeploymentFailedError(f"{status}: {_reasons(cloudformation)}")
        time.sleep(POLL_SECONDS)
    raise DeploymentFailedError(f"not deployed within {DEADLINE_SECONDS} s")


def _reasons(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    return "; ".join(
        f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("FAILED") and event.get("ResourceStatusReason")
    )
