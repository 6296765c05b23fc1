"""Where etcd is, and who we are to it. Connects to nothing."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from scs.disco.edges import places
from scs.disco.edges.serving import CannotServe


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """The members of one etcd cluster. `password` is the file that holds it."""

    urls: tuple[str, ...]
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    user: str = ""
    password: Path | None = None


def parse(text: str) -> tuple[str, ...]:
    """`URL,…`. Raises ValueError with words for people."""
    urls = tuple(one.strip().rstrip("/") for one in text.split(",") if one.strip())
    for one in urls:
        _check(one)
    if not urls:
        raise ValueError("no etcd is named: write --store etcd=https://HOST:2379, several with commas between them")
    return urls


def _check(url: str) -> None:
    split = urlsplit(url)
    try:
        fine = split.scheme in {"http", "https"} and split.hostname and split.port is not None
    except ValueError:
        fine = False
    if not fine or split.path or split.query or split.username is not None:
        raise ValueError(
            f"'{url}' is no etcd: write http://HOST:PORT or https://HOST:PORT, as in http://127.0.0.1:2379"
        )


def check(cluster: Cluster, *, insecure: bool) -> None:
    """Raises CannotServe where what is said to etcd could be read, or changed, on its way."""
    for url in cluster.urls:
        split = urlsplit(url)
        if split.scheme == "http" and not places.is_loopback(split.hostname or "") and not insecure:
            raise CannotServe(
                f"etcd at {url} would be spoken to in the clear: use https://, or --insecure where everybody on the "
                "way is trusted"
            )


def context(cluster: Cluster) -> ssl.SSLContext | None:
    """None where no member has TLS. Raises CannotServe."""
    if not any(url.startswith("https:") for url in cluster.urls):
        return None
    try:
        ours = ssl.create_default_context(cafile=cluster.ca)
        ours.minimum_version = ssl.TLSVersion.TLSv1_2
        if cluster.certificate is not None:
            ours.load_cert_chain(cluster.certificate, cluster.key, password="")
    except (OSError, ValueError) as error:
        files = ", ".join(str(one) for one in (cluster.ca, cluster.certificate, cluster.key) if one is not None)
        raise CannotServe(f"cannot use {files} for TLS to etcd: {error}") from None
    return ours


def password(cluster: Cluster) -> str:
    """Read whenever it is needed, so that it may change. Raises CannotServe."""
    if cluster.password is None:
        return ""
    try:
        return cluster.password.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise CannotServe(f"cannot read etcd's password in {cluster.password}: {why}") from None
