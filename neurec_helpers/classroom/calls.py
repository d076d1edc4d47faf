"""Functions called across the border: the judge calls, the student's process answers."""

import json
import keyword

from neurec_helpers.classroom.answers import Decoder, Encoder, Malformed, Unfit
from neurec_helpers.language import tr
from neurec_helpers.tasks.base import Uncheckable
from neurec_helpers.tasks.functions import CallLost, Function, Raised, first_line, function_of

MOST_CALLS = 200  # of one task


def pack(message):
    """A message as bytes."""
    return json.dumps(message).encode()


def unpack(body):
    """A message from bytes.

    Raises
    ------
    Malformed
        If it is none.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("no JSON") from error
    if not isinstance(message, dict):
        raise Malformed("no message")
    return message


class Forged(CallLost):
    """A reply that `Callee` never made."""


class RemoteFunction(Function):
    """A student's function; a call asks the process that it lives in.

    Parameters
    ----------
    node : dict
        What `Callee.reference` made.
    ask : callable
        Sends bytes to that process and gives its reply.
    """

    def __init__(self, node, ask):
        parameters = [str(name)[:60] for name in node["parameters"][:50]]
        super().__init__(None, str(node["name"])[:60], parameters, node["stub"] is True)
        self._place, self._ask, self._calls, self._store = int(node["v"]), ask, 0, {}
        # Tasks say what came in place of a value, as in "a method that was not called".
        self.type_name = str(node["type"])[:60]

    def __call__(self, *arguments):
        """Call it there; see `tasks.functions.Function`.

        Raises
        ------
        Uncheckable
            If it returned what can't be judged.
        Forged
            If what came is no reply.
        """
        self._calls += 1
        if self._calls > MOST_CALLS:
            raise CallLost(tr("it was called too often"))
        encoder = Encoder(lambda value: None)
        request = {"call": self._place, "arguments": encoder.encode(list(arguments))}
        try:
            return self._read(unpack(self._ask(pack(request))))
        except Unfit as unfit:
            raise Uncheckable(
                "`{name}` returned what can't be judged: {unfit}.", name=self.name, unfit=unfit
            ) from unfit
        except Malformed as error:
            raise Forged(str(error)) from error

    def _read(self, reply):
        if "raised" in reply:
            raise Raised(str(reply["raised"])[:300])
        if "unfit" in reply:
            raise Unfit(tr("its process says “{reason}”", reason=str(reply["unfit"])[:300]))
        overwritten = reply.get("overwritten", [])
        if not isinstance(overwritten, list) or "result" not in reply:
            raise Malformed("no result")
        self.overwritten |= {str(name)[:60] for name in overwritten[:50]}
        decoder = Decoder(lambda node: RemoteFunction(node, self._ask), self._store)
        return decoder.decode(reply["result"])


class Callee:
    """The student's side: keeps what can be called, and calls it."""

    def __init__(self):
        self.functions = []

    def reference(self, value, name=""):
        """The node of something that can be called; None for anything else."""
        if isinstance(value, type) or not callable(value):
            return None
        function = function_of(value, name or getattr(value, "__name__", "it"))
        self.functions.append(function)
        return {
            "k": "call",
            "v": len(self.functions) - 1,
            "name": str(function.name),
            "type": type(value).__name__,
            "parameters": [name for name in function.parameters if not keyword.iskeyword(name)],
            "stub": function.is_stub,
        }

    def encode(self, values):
        """The message that holds all values of a task, by name; those not defined are missing."""
        return {"values": Encoder(self.reference).encode(values)}

    def answer(self, request, guard):
        """Call a function as a request says; the reply's message.

        Parameters
        ----------
        request : dict
        guard : context manager
            Within it runs what the student wrote.
        """
        function = self.functions[request["call"]]
        arguments = Decoder(lambda node: None).decode(request["arguments"])
        try:
            with guard:
                result = function(*arguments)
        # Whatever a student's code raises is an answer, `sys.exit()` too.
        except BaseException as error:
            return {"raised": f"{type(error).__name__}: {first_line(error)}"}
        try:
            return {
                "result": Encoder(self.reference).encode(result),
                "overwritten": sorted(function.overwritten),
            }
        except Unfit as error:
            return {"unfit": str(error)}
        # Reading the result runs the student's code too: `__array__`, `__iter__`, `call`.
        except BaseException as error:
            return {"raised": f"{type(error).__name__}: {first_line(error)}"}
