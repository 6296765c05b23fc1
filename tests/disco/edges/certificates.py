"""Certificates for tests: an authority, and what it says of 127.0.0.1 and of a client. Made by openssl, once a run."""

from __future__ import annotations

import functools
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Certificates:
    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def certificate(self, name: str) -> Path:
        return self.folder / f"{name}.pem"

    def key(self, name: str) -> Path:
        return self.folder / f"{name}.key"

    def make(self, name: str) -> None:
        """A certificate of the authority's, for 127.0.0.1."""
        openssl("req", *_KEY, "-keyout", self.key(name), "-out", self.folder / "csr", "-subj", f"/CN={name}")
        extensions = self.folder / "extensions"
        extensions.write_text("subjectAltName=IP:127.0.0.1\n")
        signed = ("-CA", self.ca, "-CAkey", self.folder / "ca.key", "-CAcreateserial", "-days", "3650")
        openssl(
            *("x509", "-req", "-in", self.folder / "csr", *signed),
            *("-extfile", extensions, "-out", self.certificate(name)),
        )


@functools.cache
def made() -> Certificates:
    ours = Certificates(Path(tempfile.mkdtemp(prefix="scs-certificates-")))
    ca = ("-keyout", ours.folder / "ca.key", "-out", ours.ca, "-subj", "/CN=tests", "-days", "3650")
    openssl("req", "-x509", *_KEY, *ca)
    for name in ("server", "other", "client"):
        ours.make(name)
    return ours


def openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)
