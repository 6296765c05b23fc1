"""Images built by a real engine: what a manifest says is what is in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scs.adapters.images import debian
from scs.model.image import (
    Copy,
    DebianBase,
    DockerfileBase,
    ImageFile,
    Packages,
    Puppet,
    ReferencedImage,
    Run,
    SetEnv,
)
from tests.adapters.images import making
from tests.adapters.images.driving import Builder, Packing
from tests.adapters.images.making import BUSYBOX
from tests.testbed import images
from tests.testbed.host import Host

NASTY = {
    "A": "plain",
    "B": """ "double" 'single' $HOME ${HOME} `id` \\ """,
    "C": "ends with \\",
    "D": "two\nlines\r\n$HOME \"'",
    "E": "",
    "F": "#<<EOF\té\u2028 end",
}


@pytest.fixture
def plain(host: Host) -> ReferencedImage:
    """A plain Debian."""
    return ReferencedImage(reference=images.base_image(host))


def test_variables_and_arguments_arrive_as_they_were_written(builder: Builder) -> None:
    steps = (
        SetEnv(env={**NASTY, "two words": "x"}),
        Run(command=("sh", "-c", 'printf "[%s]" "$@" >/arguments', "sh", *NASTY.values())),
    )
    tag = builder.build(making.image(steps=steps, command=tuple(NASTY.values()), about={"description": NASTY["D"]}))
    config = builder.config(tag)
    found = dict(line.split("=", 1) for line in config["Env"])
    assert {name: found[name] for name in NASTY} == NASTY
    assert found["two words"] == "x"
    assert config["Cmd"] == list(NASTY.values())
    assert config["Labels"]["org.opencontainers.image.description"] == NASTY["D"]
    arguments = "".join(f"[{value}]" for value in NASTY.values())
    assert builder.inside(tag, "cat /arguments") == arguments.replace("\r\n", "\n")


def test_files_are_copied_with_their_modes_and_names(builder: Builder, tmp_path: Path) -> None:
    sources = (
        making.source(tmp_path, "files/a[1]* $b\\", "one", 0o640),
        making.source(tmp_path, "files/deep/run", "two", 0o755),
        making.link(tmp_path, "files/ln", "deep/run"),
    )
    steps = (
        Copy(source="files", target="/opt/$x y"),
        Copy(source="files/a[1]* $b\\", target="/opt/single"),
        Copy(source="files/deep/run", target="/bin"),
    )
    tag = builder.build(making.image(steps=steps, sources=sources))
    listed = builder.inside(tag, "cd '/opt/$x y' && stat -c '%n %a %U %F' * deep/* /opt/single /bin/run; readlink ln")
    assert listed.splitlines() == [
        "a[1]* $b\\ 640 root regular file",
        "deep 755 root directory",
        "ln 777 root symbolic link",
        "deep/run 755 root regular file",
        "/opt/single 640 root regular file",
        "/bin/run 755 root regular file",
        "deep/run",
    ]


def test_files_have_owner_and_mode_and_leave_their_folders_alone(builder: Builder) -> None:
    files = (
        ImageFile(path="/tmp/a", content="ä\n"),
        ImageFile(path="/root/b", content="", owner="www-data:www-data", mode=0o600),
        ImageFile(path="/new/[c] $d", content="", owner="7:8", mode=0o4711),
    )
    tag = builder.build(making.image(files=files))
    listed = builder.inside(tag, "stat -c '%n %a %u:%g' /tmp /tmp/a /root /root/b '/new/[c] $d'; cat /tmp/a")
    assert listed.splitlines() == [
        "/tmp 1777 0:0",
        "/tmp/a 644 0:0",
        "/root 700 0:0",
        "/root/b 600 33:33",
        "/new/[c] $d 4711 7:8",
        "ä",
    ]
    assert builder.said.lines == ["step 1/1: files /new/[c] $d /root/b /tmp/a"]


def test_what_runs_and_the_labels_are_the_manifests(builder: Builder) -> None:
    image = making.image(
        steps=(Run(command="id -u >/who"),),
        entrypoint=("/init", "$x"),
        user="www-data",
        working_dir="/srv/$x y",
        stop_signal="SIGQUIT",
    )
    config = builder.config(builder.build(image))
    assert (config["Entrypoint"], config["Cmd"]) == (["/init", "$x"], None)
    assert (config["User"], config["WorkingDir"], config["StopSignal"]) == ("www-data", "/srv/$x y", "SIGQUIT")
    assert config["Labels"] == {
        "org.opencontainers.image.title": "x",
        "scs.image.digest": image.digest,
        "scs.image.name": "x",
    }


def test_steps_on_a_base_with_a_user_run_as_root(builder: Builder) -> None:
    base = making.image(name="base", user="www-data", steps=(SetEnv(env={"A": "1"}),))
    builder.build(base)
    tag = builder.build(making.image(base=base, steps=(Run(command="id -u >/who"),)))
    assert builder.inside(tag, "cat /who") == "0"
    assert builder.config(tag)["User"] == "www-data"


def test_the_same_image_built_again_takes_its_layers_and_a_fresh_one_does_not(builder: Builder) -> None:
    image = making.image(steps=(Run(command="cat /proc/sys/kernel/random/uuid >/made"),))
    first = builder.inside(builder.build(image), "cat /made")
    assert builder.inside(builder.build(image), "cat /made") == first
    assert builder.inside(builder.build(image, fresh=True), "cat /made") != first


def test_a_dockerfile_gets_its_arguments_and_its_base(builder: Builder, tmp_path: Path) -> None:
    text = 'ARG BASE\nFROM ${BASE}\nARG WHO\nCOPY files/a /a\nRUN echo "$WHO" >/who\nUSER www-data\n'
    sources = (making.source(tmp_path, "docker/file", text), making.source(tmp_path, "files/a", "content"))
    base = DockerfileBase(dockerfile="docker/file", args={"WHO": "me & $you"}, parent=BUSYBOX)
    tag = builder.build(
        making.image(base=base, sources=sources, steps=(Copy(source="files", target="/b"), Run(command="id -u >/id")))
    )
    assert builder.inside(tag, "cat /a /b/a /who /id").splitlines() == ["contentcontentme & $you", "0"]
    assert builder.config(tag)["User"] == "www-data"
    assert builder.said.lines[:2] == ["Dockerfile step 1/6: ARG BASE", "Dockerfile step 2/6: FROM ${BASE}"]
    assert builder.said.lines[-1] == "step 2/2: run id -u >/id"


def test_packages_leave_no_lists_logs_or_services(builder: Builder, plain: ReferencedImage) -> None:
    tag = builder.build(making.image(base=plain, steps=(Packages(names=("jq",)),)))
    left = "ls -A /var/lib/apt/lists /var/log/apt /var/cache/apt /usr/sbin/policy-rc.d 2>&1; jq --version"
    assert builder.inside(tag, left).splitlines() == [
        "ls: cannot access '/usr/sbin/policy-rc.d': No such file or directory",
        *("/var/cache/apt:", "archives", "", "/var/lib/apt/lists:", "", "/var/log/apt:", "jq-1.6"),
    ]
    failure = builder.failure(making.image(base=plain, steps=(Packages(names=("no-such-package",)),)))
    assert failure.why == "step 1 of 1 of image x failed: packages no-such-package (exit code 100)"
    assert failure.detail.endswith("E: Unable to locate package no-such-package")


MODULE = """
class scs (String $text, Array $list) {
  file { '/made': content => "${text}|${list}" }
  package { ['hello', 'ruby-deep-merge']: ensure => installed }
}
"""


def test_puppet_applies_the_class_and_leaves_only_what_it_was_asked_for(
    builder: Builder, plain: ReferencedImage, tmp_path: Path
) -> None:
    sources = (making.source(tmp_path, "puppet/scs/manifests/init.pp", MODULE),)
    parameters = {"text": "it's ${::x} \\ \"\n", "list": [1, "a"]}
    step = Puppet(modules="puppet", class_name="scs", parameters=parameters)
    packages = "dpkg-query -W -f '${Package}\\n'; getent passwd | cut -d: -f1; ls /etc /var/lib /var/cache /"
    before = set(builder.inside(plain.reference, packages).splitlines())
    tag = builder.build(making.image(base=plain, sources=sources, steps=(step, Packages(names=("jq",)))))
    assert builder.inside(tag, "cat /made") == "it's ${::x} \\ \"\n|[1, a]"
    added = set(builder.inside(tag, packages).splitlines()) - before
    # `ruby-deep-merge` came as a part of Puppet, and the class asks for it all the same.
    wanted = {"hello", "ruby-deep-merge", "jq", "libjq1", "libonig5", "made"}
    assert added - wanted <= {"group-", "gshadow-", "passwd-", "shadow-"}
    assert wanted <= added


def test_a_class_that_cannot_be_applied_fails_its_step(
    builder: Builder, plain: ReferencedImage, tmp_path: Path
) -> None:
    sources = (making.source(tmp_path, "puppet/scs/manifests/init.pp", "class scs (Integer $n) {}"),)
    step = Puppet(modules="puppet", class_name="scs", parameters={"n": "x"})
    failure = builder.failure(making.image(base=plain, sources=sources, steps=(step,)))
    assert failure.why == "step 1 of 1 of image x failed: puppet class scs (exit code 1)"
    assert "parameter 'n' expects an Integer value, got String" in failure.detail


def test_a_bootstrapped_base_is_imported_with_tag_labels_and_command(
    builder: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian, "KEYRINGS", (str(tmp_path),))
    base = DebianBase(suite="bookworm")
    builder.of(Packing()).build(base, builder.said)
    config = builder.config("scs/debian:bookworm")
    assert config["Cmd"] == ["/bin/bash"]
    assert config["Labels"]["scs.image.name"] == "debian"
    assert builder.said.lines == [
        "bootstrapping Debian bookworm from http://deb.debian.org/debian",
        "importing Debian bookworm",
    ]
    builder.host.docker("image", "rm", "scs/debian:bookworm")
