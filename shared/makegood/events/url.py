"""An address as it may stand in the settings, and be called. Narrower than URLs are, so it has
one reading."""

import re
from dataclasses import dataclass

HTTPS_PORT = 443
HTTP_PORT = 80
PORT_MAX = 65_535
LENGTH_MAX = 2_048

# No user, no fragment, no backslash, nothing outside ASCII: what readers of URLs disagree about.
_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<target>(?:/[A-Za-z0-9/._~!$&'()*+,;=:@%-]*)?(?:\?[A-Za-z0-9/?._~!$&'()*+,;=:@%-]*)?)"
)


@dataclass(frozen=True, slots=True)
class Url:
    """`host` is a name or a written address, without brackets; `target` what is asked for there."""

    tls: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """As the header Host has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS_PORT if self.tls else HTTP_PORT
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def is_usual(self) -> bool:
        """HTTPS at its own port: the only way in which the public is called."""
        return self.tls and self.port == HTTPS_PORT


def url_of(text: str) -> Url | None:
    """None unless this is a plain address of the web."""
    found = _URL.fullmatch(text) if len(text) <= LENGTH_MAX else None
    if found is None:
        return None
    tls = found["scheme"] == "https"
    port = int(found["port"] or (HTTPS_PORT if tls else HTTP_PORT))
    if port > PORT_MAX:
        return None
    target = found["target"]
    return Url(
        tls,
        found["host"].strip("[]").lower(),
        port,
        target if target.startswith("/") else f"/{target}",
    )
