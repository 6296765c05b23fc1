"""Where values of secrets can be seen is said of roles and jobs alike."""

from __future__ import annotations

from scs.model import exposure
from scs.model.container import Container, Job
from scs.model.desired import Desired
from scs.model.identity import Identity
from scs.model.image import ReferencedImage
from scs.model.secret import SecretUse

BLOG = Identity(environment="dev", service="blog")


def test_a_value_in_the_environment_of_a_job_is_told_of() -> None:
    use = SecretUse(secret="db", path="db", env="PW")
    image = ReferencedImage(reference="bb:1")
    job = Container(identity=BLOG, role="migrate", number=1, image=image, secrets=(use,), job=Job())
    assert list(exposure.visible(Desired(identity=BLOG, jobs=(job,)))) == [
        "secret db: 'docker inspect' shows the variable PW of migrate, which holds it; /run/scs/secrets/db is not shown"
    ]
