"""Holds the bill of materials to the layer: exactly its pins, each with its hashes."""

import json
import re
import sys
from pathlib import Path

PINS = Path(__file__).parents[1] / "shared" / "requirements.txt"


def main(file: str) -> None:
    bill = json.loads(Path(file).read_text(encoding="utf-8"))
    listed = {f"{one['name']}=={one['version']}": one for one in bill["components"]}
    pinned = set(re.findall(r"^[\w.-]+==\S+$", PINS.read_text(encoding="utf-8"), re.MULTILINE))
    if bill["bomFormat"] != "CycloneDX" or set(listed) != pinned:
        sys.exit(f"{file} does not list what the layer pins: {sorted(set(listed) ^ pinned)}")
    for name, component in listed.items():
        if not any(one.get("hashes") for one in component.get("externalReferences", [])):
            sys.exit(f"{file} has no hash of {name}")
    sys.stdout.write(f"{file} lists the {len(listed)} packages of the layer.\n")


if __name__ == "__main__":
    main(sys.argv[1])
