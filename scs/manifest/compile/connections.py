"""How a role is connected: the networks that it is on and the volumes that it mounts."""

from __future__ import annotations

from scs.manifest.compile import containers, names, storage
from scs.manifest.reader import Part, Placed
from scs.manifest.syntax import tree
from scs.model.container import Attachment, Mount
from scs.model.image import BuiltImage, Image

Attached = Placed[Attachment]
Mounted = Placed[Mount]


def attachments(role: Part, networks: storage.Networks) -> tuple[Attached, ...]:
    """The role's networks, sorted by key; without a word about it, the manifest's only one."""
    said = role.enter("networks")
    if said is not None:
        found = (_attachment(key, part, networks) for key, part in role.entries_of("networks"))
        return tuple(one for one in found if one is not None)
    if len(networks) > 1:
        listed = ", ".join(sorted(networks))
        role.problem(f"this role does not say on which network it is: {listed}", "add networks: with one of them")
        return ()
    return tuple(
        Placed(part=role, value=Attachment(network=one.value.name, identity=one.value.digest))
        for one in networks.values()
        if one is not None
    )


def _attachment(key: str, part: Part, networks: storage.Networks) -> Attached | None:
    named = part.named(key)
    if not names.known(named, "network", networks):
        return None
    network = networks[key]
    if network is None:
        return None
    attachment = Attachment(
        network=network.value.name,
        identity=network.value.digest,
        address=part.text_of("address"),
        address6=part.text_of("address6"),
        aliases=tuple(sorted(set(part.strings_of("aliases")))),
    )
    return Placed(part=part, value=attachment)


def mounts(role: Part, image: Image | None, volumes: storage.Volumes) -> tuple[Mounted, ...]:
    """The role's volumes, sorted by their path in the container."""
    entries = role.entries_of("volumes")
    found = [_mount(role, point, part, image, volumes) for point, part in entries]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.value.target))


def _target(point: str, part: Part, image: Image | None) -> str | None:
    """The path in the container that a connection point or a path means; None when it cannot be known."""
    if point.startswith("/"):
        path: str | None = point
    elif image is None:
        return None
    else:
        points = {one.name: one.path for one in image.volumes} if isinstance(image, BuiltImage) else {}
        path = points.get(point)
        if path is None:
            near = tree.near(point, points)
            listed = f"it has {', '.join(sorted(points))}" if points else "it has none: write an absolute path"
            message = f"the image has no connection point {tree.shown(point)}"
            part.named(point).problem(message, near or listed)
            return None
    return None if containers.is_reserved(path, part) else path


def _mount(role: Part, point: str, part: Part, image: Image | None, volumes: storage.Volumes) -> Mounted | None:
    path = _target(point, part, image)
    key = part if not part.is_map else part.get("volume")
    if storage.is_inline(part):
        volume = volumes.get(storage.inline_key(str(role.path[-1]), point))
    elif key is None or not names.known(key, "volume", volumes):
        return None
    else:
        volume = volumes[key.text]
    if path is None or volume is None:
        return None
    mount = Mount(
        target=path,
        volume=volume.value.name,
        identity=volume.value.digest,
        read_only=part.flag_of("read_only"),
    )
    return Placed(part=part, value=mount)
