"""What is said to a path that is no manifest."""

from __future__ import annotations

from pathlib import Path

import pytest

from scs.cli import main

MANIFEST = "scs: 1\nservice: blog\ncontainers: {}\n"
IMAGE = "scs: 1\nimage: app\nbase: {debian: bookworm}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        ({"blog.yaml": MANIFEST, "dev.yaml": "containers: {}\n"}, "did you mean some/blog.yaml?"),
        ({"blog.yaml": MANIFEST, "shop.yaml": MANIFEST}, "name the file of a manifest in it"),
        ({"image.yaml": IMAGE}, "name the manifest whose container is made from it, as in image: {manifest: some}"),
        ({"notes.txt": MANIFEST}, "it holds no manifest"),
    ],
)
@pytest.mark.parametrize("command", ["validate some", "image build some", "status some", "run -f some web true"])
def test_a_folder_is_refused_and_the_manifest_in_it_named(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, files: dict[str, str], hint: str
) -> None:
    for name, text in files.items():
        (folder / "some" / name).write_text(text)
    assert main.main(command.split()) == 1
    assert capsys.readouterr().err == f"scs: some is a folder: {hint}\n"


def test_a_name_is_no_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "shop.yml").write_text(MANIFEST)
    assert [main.main(words) for words in (["plan", "blog"], ["plan", "shop"], ["status", "blog"])] == [1, 1, 1]
    assert capsys.readouterr().err.splitlines() == [
        "scs: 'blog' is no file: name the file of a manifest, such as blog.yaml",
        "scs: 'shop' is no file: did you mean shop.yml?",
        "scs: 'blog' is no file: name the file of a manifest, such as blog.yaml; "
        "without one, scs status shows every manifest on this engine",
    ]


def test_the_manifest_of_an_image_is_no_manifest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "image.yaml").write_text(IMAGE)
    assert main.main(["image", "build", "image.yaml"]) == 1
    assert capsys.readouterr().err.splitlines()[0] == (
        "image.yaml:2:1: this is the manifest of an image "
        "(name the manifest whose container is made from it, as in image: {manifest: image.yaml})"
    )
