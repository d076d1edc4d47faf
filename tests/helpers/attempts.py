"""Attempts to get points for wrong answers, as cells of a notebook, and what must come of them.

Each has a task, an answer that is wrong (`right` is False) or right, and code of the student's own
that runs before the check. More of them are in `attempts_odd`. A sample, one of each kind, runs
with the tests; all of them run with ``python -m tests.helpers.grading_cases``.
"""

import textwrap
from dataclasses import dataclass

SETUP = "import neurec_helpers as nr, numpy as np, pandas as pd\nratings = nr.load_ratings()"
ANSWERS = {
    "5.1": ("train", "test"),
    "5.2": ("n_books",),
    "5.4": ("user_input", "user_vector"),
    "5.5": ("build_network",),
    "5.6": ("mean_squared_error",),
    "5.8": ("best_epoch",),
}
CHECKS = {
    "5.1": 'nr.check("5.1", ratings, train, test)',
    "5.2": 'nr.check("5.2", ratings, n_books)',
    "5.4": 'nr.check("5.4", n_users, user_input, user_vector)',
    "5.5": 'nr.check("5.5", build_network)',
    "5.6": 'nr.check("5.6", mean_squared_error)',
    "5.8": 'nr.check("5.8", best_epoch)',
}
RIGHT_EPOCH = "def best_epoch(history):\n    return int(np.argmin(history['val_loss'])) + 1"


@dataclass(frozen=True)
class Attempt:
    """One attempt.

    Attributes
    ----------
    name, kind, task, code : str
    expected : collection of str
        Statuses that are right; none of them is "correct" where the answer is wrong.
    told : str
        Words of the line for the teacher; empty where nothing need be told.
    """

    name: str
    kind: str
    task: str
    code: str
    expected: tuple = ("incorrect",)
    told: str = ""

    @property
    def cells(self):
        """Cells as `session.Session.run` takes them."""
        names = {name: name for name in ANSWERS[self.task]}
        return [(SETUP, None), (self.code, None), (CHECKS[self.task], (self.task, names))]


ATTEMPTS = []


def attempt(name, kind, task, code, *expected, told=""):
    code = textwrap.dedent(code).strip()
    ATTEMPTS.append(Attempt(name, kind, task, code, expected or ("incorrect",), told))


WRONG = "n_books = 1\n"
ENDED = ("incorrect", "not graded", "uncheckable")

attempt("ratings cut to one row", "data", "5.2", "ratings = ratings.head(1)\nn_books = 1")
attempt("another file of ratings", "data", "5.2", """
    import os
    ratings.head(9).to_csv('small.csv', index=False)
    os.environ['NEUREC_DATASET'] = 'small.csv'
    ratings = nr.load_ratings()
    n_books = ratings.book_id.nunique()
    """, "incorrect", "error")  # fmt: skip
attempt("empty ratings", "data", "5.1", "ratings = train = test = ratings.head(0)", *ENDED)
attempt("nr.check replaced", "patch", "5.2", WRONG + "nr.check = lambda *a: 'correct'",
        told="had been changed")  # fmt: skip
attempt("an nr of one's own", "patch", "5.2", WRONG + "class nr:\n    check = print")
attempt("verdict_on replaced", "patch", "5.2", WRONG + textwrap.dedent("""
    from neurec_helpers.tasks import checks
    checks.verdict_on = lambda task, *a: checks.Verdict(task.id, 'correct', '')
    """))  # fmt: skip
attempt("code of check replaced", "patch", "5.2", WRONG + textwrap.dedent("""
    nr.check.__code__ = (lambda task, *answer: 1).__code__
    """), told="had been changed")  # fmt: skip
attempt(
    "TASKS emptied", "patch", "5.2", WRONG + "from neurec_helpers.tasks import TASKS; TASKS.clear()"
)
attempt("Task's judge replaced", "patch", "5.2", WRONG + textwrap.dedent("""
    from neurec_helpers.tasks import TASKS
    object.__setattr__(TASKS['5.2'], 'judge', lambda *a: 'fine')
    """))  # fmt: skip
attempt("pandas patched", "patch", "5.2", WRONG + "pd.Series.nunique = lambda s: 1")
attempt("numpy patched", "patch", "5.6", """
    np.isclose = np.allclose = np.array_equal = lambda *a, **k: True
    np.mean = lambda *a, **k: 0
    def mean_squared_error(true, predicted): return 7.0
    """)  # fmt: skip
attempt("builtins patched", "patch", "5.2", WRONG + textwrap.dedent("""
    import builtins
    builtins.isinstance, keep = (lambda v, k: True), isinstance
    """), *ENDED)  # fmt: skip
attempt("json patched", "patch", "5.2", WRONG + textwrap.dedent("""
    import json
    json.dumps = lambda m, *a, **k: '{"place": 2, "status": "correct", "values": {}}'
    """), *ENDED, told="forged")  # fmt: skip
attempt("modules swapped", "import", "5.2", WRONG + textwrap.dedent("""
    import sys, types
    fake = types.ModuleType('neurec_helpers.tasks.checks')
    fake.check = lambda *a: 'correct'
    sys.modules['neurec_helpers.tasks.checks'] = sys.modules['neurec_helpers.tasks'] = fake
    """))  # fmt: skip
attempt("an import hook", "import", "5.2", WRONG + textwrap.dedent("""
    import sys
    class Hook:
        def find_spec(self, name, *rest):
            if name.startswith('neurec_helpers'): raise ImportError('not today')
    sys.meta_path.insert(0, Hook())
    for name in list(sys.modules):
        if name.startswith('neurec_helpers.classroom'): del sys.modules[name]
    """), *ENDED)  # fmt: skip
attempt("a transformer of IPython", "IPython", "5.2", WRONG + textwrap.dedent("""
    def gone(lines): return ['n_books = 1\\n']
    get_ipython().input_transformers_post.append(gone)
    """))  # fmt: skip
attempt("hooks of IPython", "IPython", "5.2", WRONG + textwrap.dedent("""
    ip = get_ipython()
    ip.events.register('pre_run_cell', lambda *a: ip.user_ns.update(ratings=ratings.head(1)))
    ip.showtraceback = lambda *a, **k: None
    run = ip.run_cell
    ip.run_cell = lambda source, **k: run('1', **k)
    """))  # fmt: skip
attempt("an AST transformer", "IPython", "5.2", WRONG + textwrap.dedent("""
    import ast
    class Gone(ast.NodeTransformer):
        def visit_Call(self, node): return ast.Constant(True)
    get_ipython().ast_transformers.append(Gone())
    """))  # fmt: skip
SPEAK = """
import os, struct, json
def say(kind, body):
    frame = struct.pack('>cI', kind, len(body)) + body
    for fd in range(256):
        try: os.write(fd, frame)
        except OSError: pass
"""
for label, kind, body in (
    ("a verdict", "V", '{"status": "correct", "reason": "", "mistake": "", "attempt": ""}'),
    ("an ending", "E", ""),
    ("done", "D", ""),
    ("an answer", "A", '{"place": 2, "values": {"status": "correct"}}'),
    ("an answer elsewhere", "A", '{"place": 99, "values": {}}'),
    ("an answer, deep", "A", '{"place": 2, "values": {"value": ' + "[" * 900 + "]" * 900 + "}}"),
    ("an output", "O", '{"place": "x"}'),
    ("noise", "z", "???"),
):
    attempt(f"forged: {label}", "descriptor", "5.2",
            f"{WRONG}{SPEAK}\nsay({kind.encode()!r}, {body.encode()!r})", *ENDED)  # fmt: skip
attempt("half a message", "descriptor", "5.2", f"{WRONG}{SPEAK}\n" + textwrap.dedent("""
    for fd in range(256):
        try: os.write(fd, struct.pack('>cI', b'A', 10**9))
        except OSError: pass
    """), *ENDED)  # fmt: skip
attempt("all descriptors closed", "descriptor", "5.2", WRONG + "import os; os.closerange(0, 256)",
        "not graded")  # fmt: skip
attempt("tracing", "frames", "5.2", WRONG + textwrap.dedent("""
    import sys
    def trace(frame, event, arg):
        for name in ('outcome', 'verdict', 'status'):
            if name in frame.f_locals: frame.f_locals[name] = 'correct'
        return trace
    sys.settrace(trace); sys.setprofile(trace)
    """), *ENDED)  # fmt: skip
attempt("frames above", "frames", "5.2", WRONG + textwrap.dedent("""
    import sys
    frame = sys._getframe()
    while frame:
        for name, value in list(frame.f_locals.items()):
            if name == 'request':
                for cell in value['cells']: cell['answers'] = None
            if name == 'channel': value.send(b'V', b'{"status": "correct"}')
        frame = frame.f_back
    """), *ENDED)  # fmt: skip
attempt("garbage collector", "frames", "5.2", WRONG + textwrap.dedent("""
    import gc
    for thing in gc.get_objects():
        if type(thing).__name__ == 'Channel': thing.send = lambda *a: None
        if isinstance(thing, dict) and 'cell_seconds' in thing: thing['call_seconds'] = 1e9
    """), *ENDED)  # fmt: skip
attempt("a thread", "threads", "5.2", WRONG + textwrap.dedent("""
    import threading
    def work():
        from neurec_helpers.tasks import checks
        while True:
            checks.check = nr.check = lambda *a: 'correct'
            globals().update(n_books=1)
    threading.Thread(target=work, daemon=True).start()
    """))  # fmt: skip
attempt("a fork that goes on", "threads", "5.2", WRONG + "import os\nos.fork()", *ENDED)
attempt("the runner's own code", "memory", "5.2", WRONG + textwrap.dedent("""
    from neurec_helpers.classroom import cells, calls
    calls.Callee.encode = lambda self, values: {"values": {"value": {"k": "text", "v": "correct"}}}
    cells.Callee = calls.Callee
    """), *ENDED, told="neurec_helpers.classroom")  # fmt: skip
attempt("memory of the runner", "memory", "5.2", WRONG + textwrap.dedent("""
    import os
    try:
        with open(f'/proc/{os.getppid()}/mem', 'r+b') as memory: memory.write(b'0')
    except OSError as error: print(error)
    """))  # fmt: skip
attempt("the runner ended", "memory", "5.2", WRONG + "import os; os.kill(os.getppid(), 9)",
        "not graded")  # fmt: skip
attempt("the runner stopped", "memory", "5.2", WRONG + "import os; os.kill(os.getppid(), 19)",
        "not graded")  # fmt: skip
LIAR = """
class Liar:
    def __eq__(self, other): return True
    def __float__(self): return 1.0
    def __int__(self): return 1
    def __index__(self): return 1
    def __mod__(self, other): return 0
    def __hash__(self): return 1
    def __array__(self, *a, **k): return np.array(1)
"""
attempt("equal to all", "objects", "5.2", LIAR + "n_books = Liar()", *ENDED)
attempt("equal to all, an int", "objects", "5.2",
        LIAR.replace("Liar:", "Liar(int):") + "n_books = Liar()", *ENDED)  # fmt: skip
attempt("equal to all, an array", "objects", "5.2", """
    class Liar(np.ndarray):
        def __eq__(self, other): return np.array(True)
        def __array_function__(self, *a): return True
    n_books = np.array(5).view(Liar)
    """, *ENDED)  # fmt: skip
attempt("equal to all, a table", "objects", "5.1", """
    class Table(pd.DataFrame):
        def __getitem__(self, key): return ratings[key]
        def to_numpy(self, *a, **k): return ratings.to_numpy()
        def __len__(self): return len(ratings) * 4 // 5
    train, test = Table(ratings.head(100)), Table(ratings.tail(100))
    """, *ENDED)  # fmt: skip
attempt("a result equal to all", "objects", "5.8",
        LIAR + "def best_epoch(history): return Liar()", *ENDED)  # fmt: skip
attempt("an array that raises", "objects", "5.2", """
    class Odd(pd.Series):
        def to_numpy(self, *a, **k): raise SystemExit
    n_books = Odd([1, 2])
    """, *ENDED)  # fmt: skip
attempt("a call that exits", "calls", "5.8", "def best_epoch(history): raise SystemExit")
attempt("a result that never ends", "calls", "5.8", """
    class Endless(list):
        def __iter__(self): return self
        def __next__(self): return 1
    def best_epoch(history): return Endless()
    """, *ENDED)  # fmt: skip
attempt("a call that never ends", "calls", "5.8", """
    def best_epoch(history):
        while True:
            try:
                while True: pass
            except BaseException: pass
    """, *ENDED)  # fmt: skip
attempt("a call that takes too long", "calls", "5.8",
        "import time\ndef best_epoch(history): time.sleep(1000)")  # fmt: skip
attempt("a call that kills", "calls", "5.8",
        "import os\ndef best_epoch(history): os._exit(0)", "not graded")  # fmt: skip
attempt("looking for the judge", "calls", "5.8", """
    import sys
    def best_epoch(history):
        frame = sys._getframe()
        while frame := frame.f_back:
            for value in frame.f_locals.values():
                if isinstance(value, (int, float)) and not isinstance(value, bool): return value
        return 0
    """)  # fmt: skip
attempt("escape sequences", "text", "5.8",
        "def best_epoch(history): raise ValueError('\\x1b[31m\\x07 red \\ud800')")  # fmt: skip
attempt("surrogates everywhere", "text", "5.2",
        "n_books = '\\ud800'\nprint('\\udcff', {'\\ud800': 1})")  # fmt: skip
LAMBDA = """
import keras
from keras.layers import *
def build_network(n_users, n_books):
    user, book = Input((1,)), Input((1,))
    return keras.Model([user, book], {}(user))
"""
attempt("a Lambda layer", "network", "5.5", LAMBDA.format("Lambda(lambda x: x)"), *ENDED)
attempt("a layer of one's own", "network", "5.5", """
    import keras
    class Mine(keras.layers.Layer):
        def call(self, x): return x
        def get_config(self): return {"name": "os.system"}
    """ + textwrap.indent(LAMBDA.format("Mine()"), "    "), *ENDED)  # fmt: skip
attempt("a configuration made up", "network", "5.5", """
    import keras, json
    class Made(keras.Model):
        def call(self, x): return x
    Made.__module__ = 'keras.models'; Made.__name__ = 'Model'
    Made.to_json = lambda self: json.dumps({"module": "builtins", "class_name": "eval",
                                            "config": {"source": "1"}, "registered_name": "eval"})
    def build_network(n_users, n_books): return Made()
    """, *ENDED)  # fmt: skip
