"""The laptop's gateway with the template's routes, in this process, in front of the real handlers.

It is MiniStack's HTTP API as `local.emulator.gateway` makes it strict; only what lies at its other
ends is put there by hand: the functions, the issuer's keys, and the time.
"""

import asyncio
import json
import re
import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import pytest
from ministack.services import apigateway, lambda_svc

import api
import paddle_webhook
from local.emulator import gateway
from local.tokens import Issuer
from tests.template import resources
from tests.webhooks import NOW_SECONDS
from tests.workers import Clock

ISSUER = "https://issuer.example"
_FUNCTION = re.compile(r"\${(\w+)\.Arn}")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


class Gateway:
    def __init__(self, patched: pytest.MonkeyPatch, issuer: Issuer) -> None:
        self.called: list[str] = []
        """Functions, in the order in which requests reached them."""
        patched.setattr(apigateway, "_validate_jwt_authorizer", gateway.strict(_validate))
        patched.setattr(apigateway, "_fetch_jwks", _returning(issuer.key_set()))
        patched.setattr(apigateway, "_resolve_jwks_url", _returning(f"{ISSUER}/keys"))
        at = SimpleNamespace(time=lambda: NOW_SECONDS, strftime=time.strftime, gmtime=time.gmtime)
        patched.setattr(apigateway, "time", at)
        patched.setattr(lambda_svc, "_get_func_record_for_ref_in_scope", _named)
        patched.setattr(lambda_svc, "_execute_function_with_config_scope", self._run)
        _, _, made = apigateway._create_api({"name": "makegood"})
        self._id = json.loads(made)["apiId"]
        gateway.carry_over(self._id, _body_of_the_template(issuer))

    def send(self, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> Answer:
        """A request as it comes off the wire: its path is still encoded."""
        raw_path, _, query = target.partition("?")
        path = apigateway.decode_http_api_path(raw_path)
        status, given, content = asyncio.run(
            apigateway.handle_execute(
                self._id, "$default", path, method, headers, body, parse_qs(query), query
            )
        )
        lower = {name.lower(): value for name, value in given.items()}
        return Answer(status, lower, content.decode())

    def _run(self, record: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        name = record["config"]["FunctionName"]
        self.called.append(name)
        function = {"Api": api.lambda_handler, "PaddleWebhook": paddle_webhook.lambda_handler}[name]
        return {"body": function(event, Clock())}


_validate = apigateway._validate_jwt_authorizer


def _returning(value: Any) -> Any:
    async def answer(*_: Any) -> Any:
        return value

    return answer


def _named(uri: str, **_: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
    return {}, {"FunctionName": uri}, uri


def _body_of_the_template(issuer: Issuer) -> dict[str, Any]:
    """As CloudFormation would resolve it, where somebody else issues the tokens."""
    resolved: dict[str, Any] = json.loads(
        json.dumps(resources("AWS::ApiGatewayV2::Api")["HttpApi"]["Body"])
    )
    for item in resolved["paths"].values():
        for operation in item.values():
            integration = operation["x-amazon-apigateway-integration"]
            [name] = _FUNCTION.findall(integration["uri"]["Fn::Sub"])
            integration["uri"] = name
    [scheme] = resolved["components"]["securitySchemes"].values()
    scheme["x-amazon-apigateway-authorizer"]["jwtConfiguration"] = {
        "issuer": issuer.url,
        "audience": [issuer.audience],
    }
    return resolved
