"""What the figures were taken on, and with."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from bench.deployed import ROOT, TEXTBOOK


def describe() -> dict[str, object]:
    return {
        "taken_at": datetime.now(UTC).isoformat(timespec="minutes"),
        "commit": _commit(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "load_at_start": [round(load, 1) for load in os.getloadavg()],
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {
            "product": _pins(ROOT / "shared" / "requirements.txt"),
            "textbook": _pins(TEXTBOOK / "requirements.txt"),
        },
    }


def _pins(requirements: Path) -> list[str]:
    return [line for line in requirements.read_text().splitlines() if "==" in line]


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        found = subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()
