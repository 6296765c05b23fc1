"""A client that follows all that another data centre exports, and knows from when on what it holds is current."""

from __future__ import annotations

from scs.disco.client.client import Client
from scs.disco.client.options import Answered, Changed, Failed, Want
from scs.disco.sessions.imports import News, Told
from scs.disco.values import PARTS

AGAIN = 30.0  # seconds until who refused is asked again


class Following:
    """Says so when the link comes up or goes, and while it is up, when something is other.

    It is up when the server has answered what was asked after everything was required: by then it told all that was
    missed, so that nobody is called ready who went while nobody could tell.
    """

    def __init__(self, client: Client, dc: str, epoch: str, now: float) -> None:
        """`dc` is what we call it; `epoch` is ours, which nobody else can have."""
        self._client = client
        self._dc, self._epoch = dc, epoch
        self._told: dict[int, Told] = {}
        self._asked: int | None = None
        self._answered = False
        self._refused = ""
        self._said: tuple[bool, str, int] | None = None
        for part in range(PARTS):
            client.require(now, str(part), _want(part))

    def heard(self, effect: Changed | Answered | Failed) -> None:
        """Each, in its order."""
        match effect:
            case Changed(name=name, endpoints=endpoints, complete=complete):
                self._told[int(name)] = Told(endpoints=endpoints, complete=complete)
            case Answered(ticket=ticket, error=error):
                self._answered |= ticket == self._asked and error is None
            case Failed(message=message):
                self._refused = self._refused or f"the server refuses: {message}"

    def look(self, now: float, problem: str) -> News | None:
        """After what the client asked for was done; it may ask for more then. `problem`: why there is no connection."""
        state = self._client.state
        if not state.ready:
            self._asked, self._answered = None, False
            return self._say(up=False, problem=self._refused or problem or "no server has answered yet")
        if self._asked is None:
            self._refused = self._another()
            self._asked = self._client.ask(now, "ping", {"reply": "all is told"})
        if self._refused:
            state.cut(self._refused, after=AGAIN)
            return self._say(up=False, problem=self._refused)
        return self._say(up=True) if self._answered else None

    def _say(self, *, up: bool, problem: str = "") -> News | None:
        said = (up, problem, self._client.state.divergences)
        if said == self._said and not (up and self._told):
            return None
        self._said = said
        told: dict[int, Told] = {}
        if up:
            told, self._told = self._told, {}
        return News(up=up, told=told, problem=problem, divergences=said[2])

    def _another(self) -> str:
        """Why this is not the data centre that it is taken for."""
        state = self._client.state
        if state.epoch == self._epoch:
            return "it is this very server, or one that shares its store"
        if state.dc and state.dc != self._dc:
            return f"it says that it is data centre {state.dc}, not {self._dc}"
        return ""


def _want(part: int) -> Want:
    return Want(command="registry.export", arguments={"part": part}, include_suspect=True)
