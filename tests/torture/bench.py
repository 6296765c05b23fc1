"""A host under test: its engine behind the proxy, scs to be started at once, foreign objects and canaries in place."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from scs.adapters import replacing
from tests.testbed import cgroups, commands
from tests.testbed.host import FILTERS, LEFT, Host
from tests.torture import foreign, snapshot
from tests.torture.api import Api
from tests.torture.proxy import Proxy
from tests.torture.runs import Ended, Launcher, Running
from tests.torture.stories import Story
from tests.torture.verdict import Wrong

SETTLING_SECONDS = 3.0
CANARY = "canary-of-the-test"
OUTPUTS = "outputs"
"""What runs say, in the scratch folder."""
IMAGE = """\
scs: 1
image: twin
base: {image: "bb:1"}
files: {/www/index.html: {content: "{{ config.title }}"}}
config: {properties: {title: {type: string, default: Hello}}}
provides: {http: {port: 80, check: {http: /, interval: 300ms}}}
command: [httpd, -f, -p, "80", -h, /www]
"""
"""An image manifest that builds in a moment."""
CODES = (0, 1, 2, 3)
CRIES = ("Traceback (most recent call last)", "a mistake of scs", "a bug of scs")

Problem = tuple[Wrong, str]


class Bench:
    """Everything that the tortures share. `env` leads scs through the proxy."""

    def __init__(self, host: Host, proxy: Proxy, launcher: Launcher) -> None:
        self.host = host
        self.proxy = proxy
        self.api = Api(host.seat.socket)
        self._launcher = launcher
        self._canaries: dict[Path, str] = {}
        self._foreign: Mapping[str, Any] = {}
        self.restarted = False
        """Whether the engine was, so that foreign containers were started again as well."""

    @property
    def folder(self) -> Path:
        return self.host.folder / "stories"

    def clear(self) -> None:
        """Nothing on the engine, nothing in the scratch folder."""
        if not self.host.engine.answers():
            self.host.engine.start()
        seat = self.host.seat
        for kind, remove in LEFT:
            ids = self.host.docker(kind, "ls", "--quiet", *FILTERS.get(kind, ())).split()
            if ids:
                self.host.docker(kind, *remove, *ids)
        cgroups.end(seat.cgroup, but=(seat.engine_cgroup, seat.work_cgroup))
        for path in self.host.folder.iterdir():
            if path.is_dir() and path.name != OUTPUTS:
                shutil.rmtree(path)
        self._canaries = {}
        self.restarted = False

    def clean(self) -> None:
        """Nothing but what is foreign, and the sources of bind mounts and of an image."""
        self.clear()
        (self.folder / "tls").mkdir(parents=True)
        (self.folder / "tls/site.key").write_text("for the test\n")
        (self.folder / "image").mkdir()
        (self.folder / "image/image.yaml").write_text(IMAGE)
        foreign.plant(self.host)
        self._foreign = foreign.seen(self.host)

    # Running scs

    def begin(self, story: Story, *options: str) -> Running:
        """Start what brings the story to its end: an apply of its second side, or a destroy."""
        path = self.write(story)
        argv = ["apply", path.name] if story.after is not None else ["destroy", path.name, "--yes"]
        return self._launcher.begin(*argv, *options, cwd=self.folder)

    def run(self, story: Story, *options: str) -> Ended:
        return self.begin(story, *options).wait()

    def write(self, story: Story) -> Path:
        """The manifest of what is wanted, in a file of its own; whole at any moment, as another run may read it."""
        text = story.after if story.after is not None else story.before
        assert text is not None
        path = self.folder / f"{story.name}.yaml"
        replacing.replace(path, text.replace("FOLDER", str(self.host.folder)).encode())
        return path

    def prepare(self, story: Story) -> None:
        """From a clean host to the story's beginning. Raises BedError when scs cannot do even that."""
        if story.before is not None:
            self.settled(Story(name=f"{story.name}-before", before=None, after=story.before))
        self.plant()

    def settled(self, story: Story) -> Counter[str]:
        """An undisturbed run, and what the host is then. Raises BedError when it does not get there."""
        self.sound(self.run(story))
        problems = self.rests(story)
        if problems:
            raise commands.BedError(f"without any fault: {problems}")
        self.plant()
        return snapshot.lines(self.host)

    @staticmethod
    def sound(done: Ended) -> None:
        """Raises BedError where a run that nobody disturbed did not end well."""
        if done.code or said_wrong(done):
            raise commands.BedError(f"without any fault: {done}")

    # Looking

    def converges(self, story: Story, times: int) -> list[Problem]:
        """Within so many runs."""
        with self.proxy.armed(None):
            problems: list[Problem] = []
            for _ in range(times):
                done = self.run(story)
                problems += said_wrong(done)
                if done.code == 0:
                    return problems
        return [*problems, ("not converged", str(done))]

    def rests(self, story: Story) -> list[Problem]:
        """A further run makes no call that changes anything."""
        with self.proxy.armed(None):
            done = self.run(story)
            calls = list(self.proxy.calls)
        if done.code or calls:
            return [("not converged", f"a further run made the calls {calls}: {done}")]
        return said_wrong(done)

    def differs(self, wanted: Counter[str]) -> list[Problem]:
        """What is there and should not be, and what is not there; given a moment for what ends by itself."""
        now: Counter[str] = Counter()

        def same() -> bool:
            nonlocal now
            now = snapshot.lines(self.host)
            return now == wanted

        if commands.wait_until(same, timeout=SETTLING_SECONDS):
            return []
        more, less = now - wanted, wanted - now
        missing: list[Problem] = [("lost", line) for line in less]
        return [*missing, *(("leaked", line) for line in more)]

    def strangers(self) -> list[Problem]:
        """What happened to things that are not scs's."""
        try:
            now = foreign.seen(self.host, restarted=self.restarted)
        except Exception as error:  # whatever it is, it means that one of them cannot be seen as it was
            return [("foreign", str(error))]
        before = dict(self._foreign)
        if self.restarted:
            before = {
                name: {key: one[key] for key in now[name]} if isinstance(one, dict) else one
                for name, one in before.items()
            }
        return [("foreign", f"{name}: {before[name]} became {now[name]}") for name in now if now[name] != before[name]]

    def plant(self) -> None:
        """A canary in every volume that has none yet."""
        found = [Path(one["Mountpoint"]) for one in self.api.volumes() if one["Name"] not in foreign.FOREIGN]
        local = [path for path in self.host.folder.glob("*/*") if path.parent.name in ("blog", "local")]
        for folder in (*found, *local):
            path = folder / CANARY
            if path not in self._canaries and folder.is_dir():
                self._canaries[path] = f"{random.random()}"
                path.write_text(self._canaries[path])

    def canaries(self) -> list[Problem]:
        """Volumes whose data is gone."""
        return [
            ("lost", f"data: {path}")
            for path, text in self._canaries.items()
            if not path.exists() or path.read_text() != text
        ]

    def forget(self, volume: str) -> None:
        """A person removed this volume: its data is not to be found again."""
        self._canaries = {path: text for path, text in self._canaries.items() if f"/{volume}/" not in str(path)}


def said_wrong(done: Ended) -> list[Problem]:
    """What no run may say, nor end with."""
    problems: list[Problem] = [("traceback", str(done)) for cry in CRIES if cry in done.out + done.err]
    if done.code >= 0 and done.code not in CODES:
        problems.append(("exit code", str(done)))
    return problems


@contextmanager
def made(host: Host) -> Iterator[Bench]:
    """A bench on a host, clean; the host is as it was afterwards but for its objects."""
    (host.folder / OUTPUTS).mkdir()
    with ExitStack() as undo:
        proxy = Proxy(host.seat.run / "proxy.sock", host.seat.socket)
        undo.callback(proxy.close)
        env = {"DOCKER_HOST": f"unix://{proxy.path}", "SCS_RUN_DIR": str(host.folder / "run")}
        launcher = undo.enter_context(Launcher(host, env, host.folder / OUTPUTS))
        bench = Bench(host, proxy, launcher)
        bench.clean()
        yield bench
