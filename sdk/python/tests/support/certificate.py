import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple


class Certificate(NamedTuple):
    """A certificate that signed itself, and its key, as PEM."""

    chain: bytes
    key: bytes


def has_openssl() -> bool:
    """Whether this machine can make certificates."""
    return shutil.which("openssl") is not None


def make_certificate(name: str) -> Certificate:
    """Makes one for a name, such as `DNS:user-service` or `IP:127.0.0.1`."""
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
        what = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        names = ["-subj", "/CN=test", "-addext", f"subjectAltName={name}"]
        subprocess.run(
            ["openssl", *what, *names, "-out", chain, "-keyout", key],
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        return Certificate(chain.read_bytes(), key.read_bytes())
