"""Compiled images as Dockerfiles: whole texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from scs.adapters.images import dockerfile, quoting, scripts
from scs.adapters.images.recipe import Given, Recipe, Taken
from scs.contract import errors
from scs.model.image import (
    BuildStep,
    BuiltImage,
    Copy,
    ImageFile,
    Packages,
    Puppet,
    ReferencedImage,
    Run,
    SetEnv,
)
from tests.adapters.images import making


def written(image: BuiltImage, user: str = "") -> str:
    """The Dockerfile, with the long programs of scs by their names and the digest left out."""
    text = dockerfile.recipe(image, parent="bb:1", user=user).dockerfile.replace(image.digest, "DIGEST")
    for name in ("PACKAGES", "PUPPET"):
        program = quoting.words([getattr(scripts, name)])[1:-1]
        text = text.replace(program, f'"{name}"')
    return text


def made(*steps: BuildStep, **options: object) -> str:
    """What the steps became, without the first and the last line."""
    return "".join(written(making.image(steps=steps, **options)).splitlines(keepends=True)[1:-1])


def refused(*steps: BuildStep, **options: object) -> str:
    with pytest.raises(errors.Failure) as caught:
        dockerfile.recipe(making.image(steps=steps, **options), parent="bb:1")
    return caught.value.why


def test_an_image_of_nothing_is_its_base_with_labels() -> None:
    assert written(making.image()) == (
        'FROM bb:1\nLABEL org.opencontainers.image.title="x" scs.image.digest="DIGEST" scs.image.name="x"\n'
    )


def test_what_runs_stands_after_the_steps() -> None:
    image = making.image(
        command=("start", "a b"),
        entrypoint=("/init", "$HOME"),
        user="www-data:www-data",
        working_dir="/srv/$x",
        stop_signal="SIGQUIT",
        about={"title": "X", "description": 'two\nlines "q"', "maintainer": "A <a@b.c>", "x-other": "y"},
    )
    assert written(image) == (
        "FROM bb:1\n"
        "ARG SCS_VALUE_1\n"
        'WORKDIR "/srv/\\$x"\n'
        'ENTRYPOINT ["/init", "$HOME"]\n'
        'CMD ["start", "a b"]\n'
        'STOPSIGNAL "SIGQUIT"\n'
        'USER "www-data:www-data"\n'
        'LABEL org.opencontainers.image.authors="A <a@b.c>" '
        'org.opencontainers.image.description="${SCS_VALUE_1}" '
        'org.opencontainers.image.title="X" scs.image.digest="DIGEST" scs.image.name="x"\n'
    )


def test_packages_are_arguments_and_never_part_of_a_program() -> None:
    assert made(Packages(names=("nginx", "x; rm -rf /"))) == (
        'RUN ["/bin/sh", "-c", "PACKAGES", "packages", "nginx", "x; rm -rf /"]\n'
    )


def test_an_argument_list_is_run_as_it_is_and_a_line_by_the_shell() -> None:
    assert made(Run(command=("echo", "$HOME <<EOF")), Run(command="echo $HOME\nexit")) == (
        'RUN ["echo", "$HOME \\u003c\\u003cEOF"]\nRUN ["/bin/sh", "-c", "echo $HOME\\nexit"]\n'
    )


def test_variables_hold_what_they_hold() -> None:
    assert made(SetEnv(env={"B": 'a "b" $C \\', "A": "1", "two words": "", "N": "a\nb"}), SetEnv(env={})) == (
        'ARG SCS_VALUE_1\nENV A="1" B="a \\"b\\" \\$C \\\\" N="${SCS_VALUE_1}" "two words"=""\n'
    )


def test_a_copy_names_its_source_literally(tmp_path: Path) -> None:
    sources = (making.source(tmp_path, "files/a[1] $b"), making.source(tmp_path, "files/c"))
    steps = (Copy(source="files/a[1] $b", target="/x y"), Copy(source="./files/", target="/opt"))
    recipe = dockerfile.recipe(making.image(steps=steps, sources=sources), parent="bb:1")
    assert [line.text for line in recipe.instructions[1:-1]] == [
        'COPY ["source/files/a[[]1]\\\\ \\\\$b", "/x\\\\ y"]',
        'COPY ["source/files", "/opt"]',
    ]
    assert [entry.path for entry in recipe.entries] == ["source/files/a[1] $b", "source/files/c"]


def test_only_what_is_copied_is_sent(tmp_path: Path) -> None:
    sources = (making.source(tmp_path, "a/b"), making.source(tmp_path, "ab"), making.source(tmp_path, "c"))
    recipe = dockerfile.recipe(making.image(steps=(Copy(source="a", target="/a"),), sources=sources), parent="bb:1")
    assert recipe.entries == (Taken(path="source/a/b", source=sources[0]),)


def test_puppet_gets_modules_and_declaration_in_a_folder_of_its_own(tmp_path: Path) -> None:
    sources = (making.source(tmp_path, "puppet/scs/manifests/init.pp"), making.source(tmp_path, "other"))
    step = Puppet(modules="puppet", class_name="scs", parameters={"text": "x'"})
    image = making.image(steps=(Run(command="true"), step), sources=sources)
    recipe = dockerfile.recipe(image, parent="bb:1")
    assert "".join(written(image).splitlines(keepends=True)[2:-1]) == (
        'COPY ["step-2", "/.scs-puppet"]\nRUN ["/bin/sh", "-c", "PUPPET"]\n'
    )
    assert recipe.entries == (
        Taken(path="step-2/modules/scs/manifests/init.pp", source=sources[0]),
        Given(path="step-2/site.pp", content=b"class { 'scs':\n  text => 'x\\'',\n}\n"),
    )


def test_files_of_one_folder_and_owner_are_one_layer() -> None:
    files = (
        ImageFile(path="/etc/b", content="b", owner="www-data:www-data", mode=0o640),
        ImageFile(path="/etc/x/c", content="c"),
        ImageFile(path="/etc/a", content="ä"),
        ImageFile(path="/etc/d", content="d", mode=0o2755),
    )
    image = making.image(files=files)
    recipe = dockerfile.recipe(image, parent="bb:1")
    assert [line.text for line in recipe.instructions[1:-1]] == [
        'COPY ["files/1/a", "files/1/d", "/etc/"]',
        'RUN ["chmod", "2755", "/etc/d"]',
        'COPY --chown=www-data:www-data ["files/2/b", "/etc/"]',
        'COPY ["files/3/c", "/etc/x/"]',
    ]
    assert recipe.entries[0] == Given(path="files/1/a", content="ä".encode(), mode=0o644)
    assert recipe.entries[2] == Given(path="files/2/b", content=b"b", mode=0o640)
    assert recipe.steps == ("files /etc/a /etc/d /etc/b /etc/x/c",)


def test_steps_run_as_root_and_the_user_of_the_base_comes_back() -> None:
    image = making.image(steps=(Run(command=("true",)),))
    assert [line.split()[0] for line in written(image, user="www-data").splitlines()] == [
        *("FROM", "USER", "RUN", "USER", "LABEL")
    ]
    assert 'USER "www-data"\n' in written(image, user="www-data")
    assert "USER" not in written(image, user="root")
    assert "USER" not in written(making.image(), user="www-data")


def test_each_instruction_knows_its_step(tmp_path: Path) -> None:
    steps = (SetEnv(env={"A": "a\nb"}), SetEnv(env={}), Run(command=("true",)))
    recipe = dockerfile.recipe(making.image(steps=steps, files=(ImageFile(path="/a", content=""),)), parent="bb:1")
    assert [(line.text.split()[0], line.step) for line in recipe.instructions] == [
        *(("FROM", 0), ("ARG", 1), ("ENV", 1), ("RUN", 3), ("COPY", 4), ("LABEL", 0))
    ]
    assert recipe.steps == ("env A", "env", "run true", "files /a")


def test_a_step_is_described_in_one_line_without_values() -> None:
    assert dockerfile.describe(SetEnv(env={"TOKEN": "secret", "A": "b"})) == "env A TOKEN"
    assert dockerfile.describe(Run(command=("sh", "-c", "a\n\tb"))) == "run sh -c 'a b'"
    assert dockerfile.describe(Run(command="a \x1b[31m")) == "run a \\x1b[31m"
    assert dockerfile.describe(Packages(names=("a" * 200,))) == f"packages {'a' * 90}…"
    assert dockerfile.describe(Puppet(modules="p", class_name="scs", parameters={"k": "v"})) == ("puppet class scs")


def test_the_order_of_maps_does_not_matter() -> None:
    def one(env: dict[str, str]) -> Recipe:
        return dockerfile.recipe(making.image(steps=(SetEnv(env=env),)), parent="bb:1")

    assert one({"A": "a\nb", "B": "c\nd"}) == one({"B": "c\nd", "A": "a\nb"})


def test_what_cannot_be_built_is_refused_before_anything_is_sent() -> None:
    assert refused(Copy(source="../x", target="/x")) == (
        "../x is not among the sources of the image: nothing is there to copy"
    )
    assert refused(SetEnv(env={"A=B": ""})) == "'A=B' cannot be the name of an environment variable"
    assert refused(files=(ImageFile(path="/a", content="", owner="a b"),)) == (
        "'a b' is not an owner, such as www-data:www-data or 1000:1000"
    )
    assert refused(Run(command="x" * 70_000)).startswith(
        "a build step is longer than the engine can read (65535 bytes): "
        "put the text into a file of the image's folder and copy it (RUN"
    )
    with pytest.raises(errors.Failure, match="is not the name of an image"):
        dockerfile.recipe(making.image(base=ReferencedImage(reference="a b")), parent="a\nRUN b")
