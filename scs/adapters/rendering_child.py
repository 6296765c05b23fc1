"""The script that renders templates with Jinja2, held to limits by the kernel; run as a process, imported by nobody.

It reads one JSON request, says `ready`, and writes a line of JSON for each template as it is done.
"""

from __future__ import annotations

import json
import pprint  # noqa: F401 - Jinja2 imports this and textwrap late, when no file can be opened any more
import resource
import sys
import textwrap  # noqa: F401 - see above
from typing import Any

import jinja2.debug
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

MAX_DEPTH = 64
OTHERS = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)


class Refused(jinja2.UndefinedError):
    """What a template asks for and does not get; `word` was looked for among `known`."""

    def __init__(self, message: str, line: int = 0, word: object = "", known: Any = ()) -> None:
        super().__init__(message)
        self.line, self.word, self.known = line, str(word), sorted(map(str, known))[:1000]


class Missing(jinja2.StrictUndefined):
    """What is not defined; its error says what there is instead."""

    names: dict[str, Any]

    def __init__(self, hint: Any = None, obj: Any = missing, name: Any = None, exc: Any = Refused) -> None:
        known: Any = ()
        if hint is None and obj is missing:
            hint, known = f"{name!r} is not defined", self.names
        elif hint is None and isinstance(obj, dict):
            owner = next((repr(key) for key, each in self.names.items() if each is obj), "the map")
            hint, known = f"{owner} has no {name!r}", obj
        elif hint is None:
            hint = f"there is no {name!r} in a value of type {type(obj).__name__}"
        raised: Any = exc if exc is SecurityError else lambda said: Refused(said, word=name, known=known)
        super().__init__(hint, obj, name, raised)


class Environment(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox without files and without chance: a template always comes to the same."""

    def __init__(self) -> None:
        super().__init__(undefined=Missing, finalize=written, keep_trailing_newline=True)
        del self.filters["random"], self.globals["lipsum"]
        self.from_string("{{ 'a' }}")  # loads a codec that Jinja2 needs, while files can be opened

    def getattr(self, obj: Any, attribute: str) -> Any:
        # `vars.items` is what the manifest has under that name, before it is the method of a map.
        return obj[attribute] if isinstance(obj, dict) and attribute in obj else super().getattr(obj, attribute)


def main() -> None:
    request = json.load(sys.stdin)
    environment = Environment()
    memory, seconds = request["memory"], request["seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    for each in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE):
        resource.setrlimit(each, (0, 0))
    print("ready", flush=True)
    for source, size, typed, own in request["templates"]:
        Missing.names = {**request["names"], **own}
        try:
            outcome: dict[str, Any] = {"value": rendered(environment, source, size, typed)}
        except Exception as error:
            outcome = failure(error, memory)
        print(json.dumps(outcome), flush=True)


def rendered(environment: Environment, source: str, size: int, typed: bool) -> Any:
    parsed = environment.parse(source)
    for other in parsed.find_all(OTHERS):
        raise Refused("a template cannot include, import or extend another", other.lineno)
    parts = parsed.body[0].nodes if len(parsed.body) == 1 and isinstance(parsed.body[0], nodes.Output) else []
    is_expression = typed and len(parts) == 1 and not isinstance(parts[0], nodes.TemplateData)
    if is_expression:
        # As Environment.compile_expression does it, which reads only what stands between the braces.
        result = nodes.Assign(nodes.Name("result", "store"), parts[0], lineno=parts[0].lineno)
        parsed = nodes.Template([result], lineno=1)
    template = environment.from_string(parsed)
    context = template.new_context(Missing.names)
    text = limited(template.root_render_func(context), size)
    value = context.vars["result"] if is_expression else text
    limited([str(written(value))], size)
    if levels(value) > MAX_DEPTH:
        raise Refused(f"this comes to more than {MAX_DEPTH} levels of maps and lists")
    # Undefined and yet printed, as nothing, is only an 'if' without 'else'.
    return "" if isinstance(value, jinja2.Undefined) else value


def limited(stream: Any, size: int) -> str:
    pieces, room = [], size
    for piece in stream:
        room -= len(piece.encode(errors="surrogatepass"))
        if room < 0:
            raise Refused(f"this comes to more than {size:,} bytes")
        pieces.append(piece)
    return "".join(pieces)


def written(value: Any) -> Any:
    """How a value stands in text; an undefined one is left to Jinja2, which refuses it."""
    if isinstance(value, (str, jinja2.Undefined)):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False, default=refuse)


def refuse(value: object) -> None:
    str(value)  # which an undefined one answers with why it is so
    advice = ": put '| list' behind it" if hasattr(value, "__iter__") else ""
    raise Refused(f"this comes to a {type(value).__name__}, which no value can be{advice}")


def levels(value: Any) -> int:
    if not isinstance(value, (dict, list, tuple)):
        return 0
    return 1 + max(map(levels, value.values() if isinstance(value, dict) else value), default=0)


def failure(error: Exception, memory: int) -> dict[str, Any]:
    line, word, known = line_of(error), "", []
    reason = str(error)[:400].rstrip(".") or type(error).__name__
    match error:
        case Refused():
            reason, line, word, known = str(error), error.line or line, error.word, error.known
        case jinja2.TemplateSyntaxError():
            reason, line = f"the template cannot be read: {error.message}".rstrip("."), error.lineno
        case MemoryError():
            reason = f"this takes more than {memory // 1024**2} MiB of memory to render"
        case RecursionError():
            reason = "the template is nested too deeply, or calls itself without end"
        case SecurityError():
            reason = f"the sandbox forbids this: {reason}"
        case _:
            reason = f"this cannot be rendered: {reason}"
    return {"message": reason if reason.isprintable() else ascii(reason), "line": line, "word": word, "known": known}


def line_of(error: Exception) -> int:
    """The line of the template at which it failed, as far as it got."""
    line, trace = 1, error.__traceback__
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        line = template.get_corresponding_lineno(trace.tb_lineno) if template else line
        trace = trace.tb_next
    return line


if __name__ == "__main__":
    main()
