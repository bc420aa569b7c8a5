import os
from pathlib import Path

import pytest

from local.emulator.process import environment
from local.home import Home


def test_functions_inherit_nothing_of_the_host(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "PYTHONPATH", "SSH_AUTH_SOCK", "HTTP_PROXY"):
        monkeypatch.setenv(name, "of the host")

    seen = environment(Home(tmp_path), 4566)

    assert "of the host" not in seen.values()
    assert seen["HOME"] != os.environ.get("HOME")
    assert seen["BIND_HOST"] == "127.0.0.1"
