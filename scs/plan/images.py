"""Images: which of them have to be built or pulled for the containers that are to be made."""

from __future__ import annotations

from collections.abc import Iterable

from scs.model.container import Container
from scs.model.image import DebianBase, Image, Pull, ReferencedImage, parents
from scs.model.observed import Observed
from scs.model.operations import BuildImage, PullImage
from scs.model.plan import Action, Goals, Target
from scs.model.steps import Change
from scs.plan.situation import action_id


def plan_images(containers: Iterable[Container], observed: Observed, goals: Goals) -> tuple[Action, ...]:
    """Each image that is missing, after the images that it stands on. What nobody needs now is not built."""
    needed: dict[str, Action] = {}
    for container in containers:
        _need(container.image, observed, goals, needed)
    return tuple(needed.values())


def pulls_always(containers: Iterable[Container], goals: Goals) -> tuple[Action, ...]:
    """References that are to be looked for in their registry in every run, once a run."""
    found = {
        one.image.tag: _pull(one.image, "the manifest says 'pull: always'")
        for one in containers
        if isinstance(one.image, ReferencedImage)
        and one.image.pull is Pull.ALWAYS
        and one.image.tag not in goals.pulled
    }
    return tuple(found.values())


def _need(image: Image | DebianBase, observed: Observed, goals: Goals, needed: dict[str, Action]) -> None:
    if image.tag in needed or observed.listing.image(image.tag) is not None:
        return
    if isinstance(image, ReferencedImage):
        if image.pull is not Pull.NEVER:
            needed[image.tag] = _pull(image, "the engine does not have it")
        return
    above = parents(image)
    for parent in above[:1]:
        _need(parent, observed, goals, needed)
    says = f"bootstrap Debian {image.suite}" if isinstance(image, DebianBase) else f"build it ({image.name})"
    needed[image.tag] = Action(
        id=action_id("build", image.tag),
        target=Target(kind="image", name=image.tag),
        operation=BuildImage(image=image),
        says=says,
        change=Change.CREATE,
        cause="the engine has none with this content",
        after=tuple(needed[parent.tag].id for parent in above[:1] if parent.tag in needed),
    )


def _pull(image: ReferencedImage, cause: str) -> Action:
    return Action(
        id=action_id("pull", image.tag),
        target=Target(kind="image", name=image.tag),
        operation=PullImage(image=image),
        says="pull it",
        change=Change.CREATE,
        cause=cause,
        routine=image.pull is Pull.ALWAYS,
    )
