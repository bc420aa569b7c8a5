"""Issues the tokens that the gateway checks, in the place of Cognito or a studio's own issuer.

Whoever reaches 127.0.0.1 gets any token asked for. That is the point of it on a laptop, and why it
exists nowhere else.
"""

import base64
import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from local.home import write_private
from local.json_server import Reply, Request, Route, Server, start

AUDIENCE = "makegood-local"
LIFE_SECONDS = 3600
KEY_BITS = 2048


@dataclass(frozen=True, slots=True)
class Issuer:
    key: rsa.RSAPrivateKey
    url: str
    audience: str = AUDIENCE

    def token(self, claims: dict[str, Any], *, now: int, life_seconds: int = LIFE_SECONDS) -> str:
        """Signed with RS256; `claims` are added to, and win over, the ones every token has."""
        standard = {
            "iss": self.url,
            "aud": self.audience,
            "iat": min(now, now + life_seconds),
            "exp": now + life_seconds,
            "jti": str(uuid.uuid4()),
            "token_use": "access",
        }
        header = {"alg": "RS256", "typ": "JWT", "kid": self.key_id}
        signed = f"{_encoded(header)}.{_encoded({**standard, **claims})}"
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{base64url(signature)}"

    @property
    def key_id(self) -> str:
        digest = hashes.Hash(hashes.SHA256())
        digest.update(self.public_pem)
        return base64url(digest.finalize()[:12])

    @property
    def public_pem(self) -> bytes:
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def key_set(self) -> dict[str, Any]:
        numbers = self.key.public_key().public_numbers()
        return {
            "keys": [
                {
                    "kty": "RSA",
                    "use": "sig",
                    "alg": "RS256",
                    "kid": self.key_id,
                    "n": base64url(_big_endian(numbers.n)),
                    "e": base64url(_big_endian(numbers.e)),
                }
            ]
        }

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/.well-known/jwks.json",
            "token_endpoint": f"{self.url}/token",
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
        }


def key_kept_at(path: Path) -> rsa.RSAPrivateKey:
    """The key of this laptop, made when there is none, readable by its owner only."""
    if not path.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(path, pem)
    loaded = serialization.load_pem_private_key(path.read_bytes(), password=None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    return loaded


def claims_asked_for(body: dict[str, Any]) -> dict[str, Any]:
    """`scope` is one scope or several with blanks between; an account's token names its account."""
    scope = body.get("scope")
    if not isinstance(scope, str) or not scope:
        raise ValueError('"scope" is missing, for example {"scope": "jobs", "sub": "studio"}')
    claims: dict[str, Any] = {"scope": scope, "sub": body.get("sub", "studio")}
    if "account" in scope.split():
        claims["account_id"] = body["account_id"]
        claims["sub"] = body.get("sub", body["account_id"])
    return claims


def serve(key: rsa.RSAPrivateKey, port: int = 0) -> Server:
    issuers: list[Issuer] = []

    def issue(request: Request) -> Reply:
        body = dict(request.body)
        life_seconds = int(body.pop("expires_in", LIFE_SECONDS))
        token = issuers[0].token(
            claims_asked_for(body), now=int(time.time()), life_seconds=life_seconds
        )
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": life_seconds}
        return Reply(200, answer)

    server = start(
        [
            Route("POST", "/token", issue),
            Route("GET", r"/\.well-known/jwks\.json", lambda _: Reply(200, issuers[0].key_set())),
            Route(
                "GET",
                r"/\.well-known/openid-configuration",
                lambda _: Reply(200, issuers[0].discovery()),
            ),
        ],
        port,
    )
    # The issuer's name is the server's address, known once it listens.
    issuers.append(Issuer(key, server.url))
    return server


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _encoded(part: dict[str, Any]) -> str:
    return base64url(json.dumps(part, separators=(",", ":")).encode())


def _big_endian(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
