"""Builds the images of a manifest without touching anything else."""

from __future__ import annotations

from dataclasses import replace

from scs.contract.reporter import Reporter
from scs.contract.world import World
from scs.model.desired import Desired
from scs.model.image import ReferencedImage
from scs.model.observed import Listing, Observed
from scs.model.operations import BuildImage
from scs.model.outcome import Outcome
from scs.model.plan import Action, Goals, Plan
from scs.plan import images
from scs.run import executor


def build(
    desired: Desired, only: frozenset[str], world: World, reporter: Reporter, *, fresh: bool
) -> tuple[Outcome, ...]:
    """Builds or pulls what is missing; with `fresh` everything that is built from a manifest, parents first."""
    listing = world.engine.list()
    if fresh:
        own = {image.tag for image in desired.images if not isinstance(image, ReferencedImage)}
        listing = Listing(images=tuple(one for one in listing.images if not own & set(one.tags)))
    containers = [one for one in desired.everything if not only or one.role in only]
    actions = images.plan_images(containers, Observed(listing=listing), Goals())
    plan = Plan(actions=tuple(_freshly(one) if fresh else one for one in actions))
    return executor.execute(plan, desired, world, reporter, {})


def _freshly(action: Action) -> Action:
    if not isinstance(action.operation, BuildImage):
        return action
    return replace(action, operation=replace(action.operation, fresh=True))
