"""Writes image archives that `docker load` takes, without an engine; equal content gives equal image ids."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

EPOCH = "1970-01-01T00:00:00Z"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def tree(archive: Path, *, files: Mapping[str, Path | bytes], links: Mapping[str, str], folders: str) -> None:
    """Write a tar of a small file system: folders (`tmp:1777` for one with a mode), files, symbolic links."""
    with tarfile.open(archive, "w") as tar:
        for folder in folders.split():
            path, _, mode = folder.partition(":")
            tar.addfile(_entry(path, tarfile.DIRTYPE, int(mode or "755", 8)))
        for path, content in sorted(files.items()):
            data = content if isinstance(content, bytes) else content.read_bytes()
            entry = _entry(path, tarfile.REGTYPE, 0o644 if isinstance(content, bytes) else 0o755)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
        for path, target in sorted(links.items()):
            entry = _entry(path, tarfile.SYMTYPE, 0o777)
            entry.linkname = target
            tar.addfile(entry)


def _entry(path: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.type = kind
    entry.mode = mode
    return entry


def image(archive: Path, *, tag: str, layer: Path, architecture: str) -> None:
    """Write an image of one layer as an archive for `docker load`."""
    with layer.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    config = json.dumps(
        {
            "architecture": architecture,
            "os": "linux",
            "created": EPOCH,
            "config": {"Cmd": ["/bin/sh"], "Env": [PATH]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
            "history": [{"created": EPOCH, "comment": "made by the test bed"}],
        }
    ).encode()
    name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = json.dumps([{"Config": name, "RepoTags": [tag], "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(archive, "w") as tar:
        tar.add(layer, "layer.tar")
        for path, data in ((name, config), ("manifest.json", manifest)):
            entry = _entry(path, tarfile.REGTYPE, 0o644)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
