"""Who calls: the claims of a token that the gateway has verified, and nothing else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from makegood.api.problems import Kind, ProblemError
from makegood.events.identifiers import is_identifier

RESOURCE_SERVER = "makegood"
"""Cognito writes `makegood/jobs` where other issuers write `jobs`. No other prefix is ours."""

_SUBJECT = re.compile(r"[!-~]{1,255}")


class Scope(StrEnum):
    JOBS = "jobs"
    ACCOUNT = "account"
    REVIEW = "review"
    OPERATE = "operate"

    @property
    def spellings(self) -> frozenset[str]:
        return frozenset({self.value, f"{RESOURCE_SERVER}/{self.value}"})


@dataclass(frozen=True, slots=True)
class Caller:
    """The bearer of a token. Nobody's token (open routes) has no scopes and no claims."""

    scopes: frozenset[str] = frozenset()
    subject: object = None
    account: object = None

    @property
    def account_id(self) -> str:
        """The account that the token is for; raises ProblemError where it names none."""
        if not isinstance(self.account, str) or not is_identifier(self.account):
            raise ProblemError(Kind.FORBIDDEN, "the token names no account")
        return self.account

    @property
    def author(self) -> str:
        """Who answers for what is done; raises ProblemError where the token does not say."""
        if not isinstance(self.subject, str) or not _SUBJECT.fullmatch(self.subject):
            raise ProblemError(Kind.FORBIDDEN, "the token does not say who its bearer is")
        return self.subject


def caller_of(event: Mapping[str, Any], scope: Scope) -> Caller:
    """Raise ProblemError unless the gateway has seen a token, and it has this scope.

    The gateway has checked the same for the route. It is checked again, so that a route that
    was opened by mistake stays shut.
    """
    jwt = (event["requestContext"].get("authorizer") or {}).get("jwt") or {}
    claims = jwt.get("claims")
    if not claims:
        raise ProblemError(
            Kind.UNAUTHORIZED,
            "an access token is needed",
            headers={"www-authenticate": "Bearer"},
        )
    caller = Caller(_scopes(claims, jwt), claims.get("sub"), claims.get("account_id"))
    if not caller.scopes & scope.spellings:
        raise ProblemError(
            Kind.FORBIDDEN,
            f"the token lacks the scope {scope}",
            headers={"www-authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
        )
    return caller


def _scopes(claims: Mapping[str, Any], jwt: Mapping[str, Any]) -> frozenset[str]:
    """The gateway writes a claim that is a list as `[a b]`."""
    for name in ("scope", "scp"):
        if isinstance(claims.get(name), str):
            return frozenset(claims[name].strip("[]").split())
    return frozenset(jwt.get("scopes") or ())
