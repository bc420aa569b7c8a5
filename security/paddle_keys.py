"""What Paddle's keys and webhook secrets look like. detect-secrets does not know them by itself."""

import re

from detect_secrets.plugins.base import RegexBasedDetector  # type: ignore[import-not-found]


class PaddleKeyDetector(RegexBasedDetector):  # type: ignore[misc]
    """`pdl_live_apikey_…`, `pdl_sdbx_apikey_…` and `pdl_ntfset_…`, with anything behind it."""

    secret_type = "Paddle key"  # noqa: S105 - its name in what is told
    denylist = (re.compile(r"pdl_(?:(?:live|sdbx)_apikey|ntfset)_[A-Za-z0-9_]{8,}"),)
