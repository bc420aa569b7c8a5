"""Which addresses may be called. Names say nothing: what they resolve to is looked at."""

import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from makegood.errors import OutwardError
from makegood.events.url import HTTPS_PORT, Url

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int, float], Sequence[Address]]
"""The addresses of a name, for this port, within so many seconds."""

_GLOBAL_IPV6 = IPv6Network("2000::/3")
"""All that IANA has given out for the public: RFC 4291, 2.4."""
_NAT64 = IPv6Network("64:ff9b::/96")
"""An IPv4 address follows in the last 32 bits: RFC 6052, 2.1."""


@dataclass(frozen=True, slots=True)
class _Resolution:
    """What the resolving thread leaves behind."""

    found: list[Address]
    failed: list[OSError]


def resolve_name(name: str, port: int, seconds: float) -> Sequence[Address]:
    """Ask the system, once. Raises OutwardError: `name_unknown`, or `timed_out`.

    The system's resolver takes no time limit. It is asked in a thread that is left alone when
    the time is over; all that it may still do then is to receive an answer.
    """
    resolution = _Resolution([], [])
    thread = threading.Thread(target=_resolve, args=(name, port, resolution), daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise OutwardError("timed_out")
    if resolution.failed or not resolution.found:
        raise OutwardError("name_unknown")
    return resolution.found


def _resolve(name: str, port: int, resolution: _Resolution) -> None:
    try:
        answers = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        resolution.failed.append(OSError(type(error).__name__))
        return
    resolution.found.extend(dict.fromkeys(ip_address(answer[4][0]) for answer in answers))


def check_addresses(url: Url, found: Sequence[Address], private: Sequence[Network]) -> None:
    """Raise OutwardError unless each of the addresses may be called in the way the URL says.

    One bad address among good ones is a name that means harm, or a mistake. Without TLS, or at
    another port than 443, only what the deployment calls private is called.
    """
    for address in found:
        inside = any(_embedded(address) in network for network in private)
        if not inside and not is_public(address):
            raise OutwardError("address_refused")
        if not inside and not url.tls:
            raise OutwardError("scheme_refused")
        if not inside and url.port != HTTPS_PORT:
            raise OutwardError("port_refused")


def is_public(address: Address) -> bool:
    """Whether it is an address of the public internet, also after translation to IPv4."""
    address = _embedded(address)
    if isinstance(address, IPv6Address):
        return address in _GLOBAL_IPV6 and address.is_global
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to, where it does: mapped, 6to4 or NAT64."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address


def parse_networks(text: str) -> tuple[Network, ...]:
    """From `none`, or from networks separated by commas. Raises ValueError for anything else."""
    if text == "none":
        return ()
    return tuple(ip_network(part.strip()) for part in text.split(","))
