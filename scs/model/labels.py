"""The labels that scs puts on the engine's objects, and nothing else; who may rely on them is decided in `plan`."""

from __future__ import annotations

import json
from collections.abc import Mapping

from scs.model.identity import Identity

ENVIRONMENT = "scs.environment"
SERVICE = "scs.service"
DIGEST = "scs.digest"
"""On containers, networks and volumes: the digest of what was asked for when the object was made."""
PARTS = "scs.parts"
"""On containers: a JSON map from each part of the wish to a short digest, so that a plan can say what changed."""
ROLE = "scs.role"
NUMBER = "scs.number"
PROVIDES = "scs.provides"
"""On containers: a JSON map from provided service to `{port, protocol}`, for requirements of other manifests."""
REQUIRES = "scs.requires"
"""On containers: a JSON map from requirement to the digest of the endpoints in the container's environment."""
SECRETS = "scs.secrets"
"""On containers: a JSON map from secret to the fingerprint of the value that the container was made with."""
SECRET_VARIABLES = "scs.secrets.variables"
"""On containers: a JSON map from variable to the secret that it holds."""
FILES = "scs.files"
"""On containers: a JSON map from path to a short digest, of the files that may change while the container lives."""
FOLDER = "scs.folder"
"""On containers: the name of its run folder. Old and new have different ones while one replaces the other."""
ONE_OFF = "scs.one-off"
"""On containers made by `scs run`: never counted as a replica."""
JOB = "scs.job"
"""On containers of jobs, which have the job's name for a role: never counted as a replica that runs."""
TYPE = "scs.type"
"""On networks and volumes: the provisioner's type."""
KEY = "scs.key"
"""On networks and volumes: their key in the manifest."""
IMAGE_DIGEST = "scs.image.digest"
IMAGE_NAME = "scs.image.name"


def data(found: Mapping[str, str], label: str) -> Mapping[str, object]:
    """The JSON map in a label, empty where it holds none: others may have written it too."""
    try:
        read = json.loads(found.get(label, "{}"))
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def identity(found: Mapping[str, str]) -> Identity | None:
    """The manifest that these labels name, None when they name none."""
    environment, service = found.get(ENVIRONMENT), found.get(SERVICE)
    return Identity(environment=environment, service=service) if environment and service else None
