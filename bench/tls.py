"""A certificate for the stub, made for one run and thrown away with it."""

import subprocess
from pathlib import Path

import botocore


def certificate(folder: Path) -> Path | None:
    """A key and certificate for 127.0.0.1 in one file; None where there is no openssl."""
    file = folder / "stub.pem"
    command = (
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext"
        f" subjectAltName=IP:127.0.0.1,DNS:localhost -keyout {file} -out {folder / 'cert.pem'}"
    )
    try:
        subprocess.run(command.split(), check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    file.write_text(file.read_text() + (folder / "cert.pem").read_text())
    return file


def bundle(certificate: Path) -> Path:
    """The authorities that botocore brings, and ours: as many to load as in Lambda."""
    authorities = Path(botocore.__file__).parent / "cacert.pem"
    both = certificate.parent / "bundle.pem"
    both.write_text(authorities.read_text() + (certificate.parent / "cert.pem").read_text())
    return both
