"""More attempts: odd but honest values, talk past the runner, greed, and networks made up."""

import textwrap

from tests.helpers.attempts import ATTEMPTS, ENDED, LAMBDA, RIGHT_EPOCH, WRONG, attempt

# What the lesson accepts is accepted here, and what it explains is explained here.
attempt("a set of numpy's numbers", "odd", "5.2", "n_books = set(ratings.book_id.unique())")
attempt("a number of numpy's", "odd", "5.2", "n_books = np.int64(ratings.book_id.nunique())",
        "correct")  # fmt: skip
attempt("a Fraction", "odd", "5.6", """
    from fractions import Fraction
    def mean_squared_error(true, predicted):
        return Fraction(float(((np.ravel(true) - np.ravel(predicted)) ** 2).mean()))
    """, "correct")  # fmt: skip
attempt("an int of one's own", "odd", "5.8", """
    class Epoch(int): pass
    def best_epoch(history): return Epoch(np.argmin(history['val_loss']) + 1)
    """, "correct")  # fmt: skip
attempt("a number without end", "odd", "5.2", "n_books = 1 << 100_000_000", "uncheckable")
for label, value in (("nan", "float('nan')"), ("inf", "float('inf')"), ("large", "10**400")):
    attempt(f"a result: {label}", "odd", "5.8", f"def best_epoch(history): return {value}",
            "incorrect", "uncheckable")  # fmt: skip
attempt("a large array", "odd", "5.2", "n_books = np.zeros(30_000_000)", "uncheckable")
attempt("very many parts", "odd", "5.2", "n_books = [None] * 2_000_000", "uncheckable")
attempt("a large result", "odd", "5.8", "def best_epoch(history): return np.zeros(30_000_000)",
        "uncheckable", "incorrect")  # fmt: skip
attempt("an exception that raises", "odd", "5.8", """
    class Odd(Exception):
        def __str__(self): raise Odd()
    def best_epoch(history): raise Odd()
    """)  # fmt: skip
attempt("another answer from the third call on", "calls", "5.8", """
    calls = []
    def best_epoch(history):
        calls.append(1)
        return int(np.argmin(history['val_loss'])) + 1 if len(calls) < 3 else 1
    """)  # fmt: skip
attempt("the first answer again", "calls", "5.8", """
    kept = []
    def best_epoch(history):
        kept.append(int(np.argmin(history['val_loss'])) + 1)
        return kept[0]
    """)  # fmt: skip
PARENT = """
import json, os, signal, struct, time
parent, ends = os.getppid(), []
for fd in range(3, 64):
    path = f'/proc/{parent}/fd/{fd}'
    try:
        if os.readlink(path).startswith('pipe'):
            ends.append(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    except OSError: pass
def say(kind, message):
    body = json.dumps(message).encode()
    for end in ends:
        try: os.write(end, struct.pack('>cI', kind, len(body)) + body)
        except OSError: pass
"""
CALL = '{"k": "call", "v": 0, "name": "f", "type": "function", "parameters": [], "stub": False}'
attempt("a verdict into the runner's pipe", "descriptor", "5.2", f"""{WRONG}{PARENT}
say(b'V', {{"status": "correct", "reason": "", "mistake": "", "attempt": ""}})
""", *ENDED)  # fmt: skip
attempt("the runner stopped, its pipe taken, each call answered late", "descriptor", "5.8", f"""
def best_epoch(history): return 1
{PARENT}
os.kill(parent, signal.SIGSTOP)
say(b'A', {{"place": 2, "values": {{"value": {{"k": "dict", "v": [
    [{{"k": "text", "v": "best_epoch"}}, {CALL}]]}}}}}})
while True:
    time.sleep(20)
    say(b'A', {{"result": {{"value": {{"k": "int", "v": "0x1"}}}}, "overwritten": []}})
""", *ENDED)  # fmt: skip
attempt("the ratings' file overwritten", "limits", "5.2", """
    import os
    n_books = ratings.book_id.nunique()
    for path in ('../data/ratings.csv.gz', '/submission/data/ratings.csv.gz'):
        try: open(path, 'wb').write(b'')
        except OSError: continue
        n_books = 1
    try: os.rename('/submission/data', '/submission/gone'); n_books = 1
    except OSError: pass
    """, "correct")  # fmt: skip
attempt("the clock taken away", "limits", "5.2", WRONG + textwrap.dedent("""
    import signal
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    while True: pass
    """), "not graded")  # fmt: skip
attempt("forks without end", "limits", "5.2", WRONG + textwrap.dedent("""
    import os
    while True:
        try: os.fork()
        except OSError: pass
    """), *ENDED)  # fmt: skip
attempt("memory by many forks", "limits", "5.2", WRONG + textwrap.dedent("""
    import os, time
    for _ in range(8):
        if os.fork() == 0:
            much = bytearray(b'1') * 900_000_000
            time.sleep(1000)
    time.sleep(60)
    """), "not graded")  # fmt: skip
attempt("a module beside the notebook", "import", "5.2", WRONG + textwrap.dedent("""
    for name in ('json', 'struct', 'pandas', 'neurec_helpers'):
        open(f'{name}.py', 'w').write('raise SystemExit')
    """))  # fmt: skip
attempt("a process that stays", "limits", "5.8", RIGHT_EPOCH + textwrap.dedent("""
    import atexit, threading, time
    atexit.register(time.sleep, 1e6)
    threading.Thread(target=time.sleep, args=(1e6,)).start()
    """), "correct")  # fmt: skip
BUILD = """
import keras
from keras.layers import *
def build_network(n_users, n_books):
    user, book = Input((1,)), Input((1,))
    vector = Concatenate()([user, book])
"""
attempt("a Lambda layer, uncheckable", "network", "5.5", LAMBDA.format("Lambda(lambda x: x)"),
        "uncheckable")  # fmt: skip
attempt("more weights than are taken", "network", "5.5", f"""{BUILD}
    vector = Dense(1000)(Dense(30_000)(vector))
    return keras.Model([user, book], Dense(1)(vector))
""", "uncheckable")  # fmt: skip
attempt("a name of Keras' own, registered anew", "network", "5.5", """
import keras
from keras.layers import *
@keras.saving.register_keras_serializable("keras.layers", "Dense")
class Dense(keras.layers.Dense):
    def call(self, x): return x * 0
Dense.__module__ = "keras.layers"
def build_network(n_users, n_books):
    user, book = Input((1,)), Input((1,))
    return keras.Model([user, book], Dense(1)(Concatenate()([user, book])))
""", "uncheckable")  # fmt: skip
attempt("a configuration that would fill the memory", "network", "5.5", """
import json, keras
from keras.layers import *
class Functional(keras.Model):
    def to_json(self, **options):
        text = keras.Model.to_json(self).replace('"input_dim": 5', '"input_dim": 1000000000')
        return json.dumps({**json.loads(text), "class_name": "Functional", "registered_name": None,
                           "module": "keras.src.models.functional"})
Functional.__module__ = "keras.src.models.functional"
def build_network(n_users, n_books):
    user, book = Input((1,)), Input((1,))
    vectors = [Flatten()(Embedding(5, 5)(ids)) for ids in (user, book)]
    return Functional([user, book], Dense(1)(Concatenate()(vectors)))
""", *ENDED)  # fmt: skip
attempt("a second network unlike the first", "network", "5.5", """
import keras
from keras.layers import *
built = []
def build_network(n_users, n_books):
    built.append(1)
    user, book = Input((1,)), Input((1,))
    rows = Embedding(n_users + 1, 5)(user), Embedding(n_books + 1, 5)(book)
    vector = Concatenate()([Flatten()(row) for row in rows])
    vector = Dense(32, activation="relu")(Dense(128, activation="relu")(vector))
    if len(built) > 1: vector = Dense(32)(vector)
    return keras.Model([user, book], Dense(1)(vector))
""")  # fmt: skip
attempt("a generator in place of a network", "network", "5.5",
        "def build_network(n_users, n_books): yield 1", "uncheckable")  # fmt: skip

# A process that is stopped, ended or no longer Python; shells; and messages with parts missing.
for label, code in (
    ("a crash in C", "import ctypes; ctypes.string_at(0)"),
    ("stops itself", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"),
    ("its own limit of time", "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))"
                              "\nwhile True: pass"),
    (
        "lets no signal through",
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: pass",
    ),
    ("another program in its place", "import os; os.execv('/usr/bin/yes', ['yes'])"),
    ("all ended by a shell", "!kill -9 -1"),
):  # fmt: skip
    attempt(label, "process", "5.2", f"{WRONG}{code}", "not graded")
attempt("the runner traced", "process", "5.2", WRONG + textwrap.dedent("""
    import ctypes, os
    ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0)
    """), *ENDED)  # fmt: skip
OWN_CHANNEL = """
import gc, json, threading
from neurec_helpers.classroom.frames import Channel
channels = [each for each in gc.get_objects() if type(each) is Channel]
def tell(kind, body):
    for channel in channels:
        try: channel.send(kind, body)
        except BaseException: pass
"""
for label, message in (
    ("no values", '{"place": 2, "missing": []}'),
    ("what is missing is a number", '{"place": 2, "missing": 5, "values": {}}'),
    ("values of another kind", '{"place": 2, "values": [1]}'),
):
    attempt(f"forged: {label}", "descriptor", "5.2", f"""{WRONG}{OWN_CHANNEL}
tell(b"A", {message.encode()!r})
""", *ENDED, told="forged")  # fmt: skip
attempt("threads that talk at once", "descriptor", "5.2", WRONG + OWN_CHANNEL + textwrap.dedent("""
    def talk():
        while True: tell(b"A", b'{"place": 2, "values": {}}')
    for _ in range(4): threading.Thread(target=talk, daemon=True).start()
    """), *ENDED)  # fmt: skip
attempt("a flood of outputs", "descriptor", "5.2", WRONG + OWN_CHANNEL + textwrap.dedent("""
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 1000}
    body = json.dumps({"place": 0, "outputs": [output] * 100}).encode()
    for _ in range(10_000): tell(b"O", body)
    """), *ENDED)  # fmt: skip
# Values that are no answer, and right ones that come in another way than the lesson's.
for label, value in (
    ("a pickle", "np.array([type('P', (), {'__reduce__': lambda s: (print, ('x',))})()], object)"),
    ("bytes", "b'2000'"),
    ("a structured array", "np.zeros(3, [('a', 'i4'), ('b', 'O')])"),
    ("a text that is none", "type('S', (str,), {'__str__': lambda self: 7})('x')"),
    ("a dict without end",
     "type('D', (dict,), {'items': lambda self: iter(lambda: (1, 1), None)})()"),
):  # fmt: skip
    attempt(label, "odd", "5.2", f"n_books = {value}", "uncheckable", "incorrect")
attempt("a list that holds itself", "odd", "5.2", "n_books = []\nn_books.append(n_books)",
        "uncheckable")  # fmt: skip
attempt("an async function", "odd", "5.8", "async def best_epoch(history): return 1", "uncheckable")
attempt("a function that returns itself", "odd", "5.8",
        "def best_epoch(history): return best_epoch", "uncheckable")  # fmt: skip
COUNT = "ratings.book_id.nunique()"
for label, code in (
    ("an awaited answer", f"async def count(): return {COUNT}\nn_books = await count()"),
    ("a timed cell", f"%%time\nn_books = {COUNT}"),
    ("a tensor", f"import tensorflow as tf\nn_books = tf.constant({COUNT})"),
    ("a name in full-width letters", f"\uff4e_books = {COUNT}"),
    ("old line ends", f"x = 1\rn_books = {COUNT}"),
    ("a pool of processes", f"from multiprocessing import Pool\n"
                            f"with Pool(2) as pool: pool.map(abs, [-1])\nn_books = {COUNT}"),
    ("a question that nobody answers", f"n_books = {COUNT}\ninput('Your name?')"),
    ("no way out of the sandbox", f"n_books = {COUNT}\n!wget -q -T 5 http://example.org"),
    ("its own folder removed", f"import os, shutil\nshutil.rmtree(os.getcwd())\nn_books = {COUNT}"),
    ("no memory for itself", f"n_books = {COUNT}\nimport resource\n"
                             "resource.setrlimit(resource.RLIMIT_AS, (1, 1))"),
):  # fmt: skip
    attempt(label, "odd", "5.2", code, "correct")
SPLIT = "from sklearn.model_selection import train_test_split\ntrain, test = train_test_split("
for label, table in (
    ("columns that may be empty", "ratings.astype('Int64')"),
    ("columns of categories", "ratings.astype('category')"),
    ("short floats", "ratings.astype('float32')"),
):
    attempt(label, "odd", "5.1", f"{SPLIT}{table}, test_size=0.2, random_state=42)", "correct")
TABLES = """
    user, book = Input((1,)), Input((1,))
    rows = Embedding(n_users + 1, 5)(user), Embedding(n_books + 1, 5)(book)
    vector = Concatenate()([Flatten()(row) for row in rows])
"""
for label, before, activation, after, expected in (
    ("an activation of one's own", "def own(x): return keras.ops.relu(x)", "own", "",
     "uncheckable"),
    ("an activation of Keras'", "", "keras.ops.relu", "", "correct"),
    ("weights that are no numbers", "", "'relu'",
     "    model.set_weights([w * np.nan for w in model.get_weights()])", "correct"),
    ("a compiled network", "", "'relu'", "    model.compile(loss=lambda a, b: a - b)", "correct"),
    ("precision of another kind", "keras.config.set_floatx('float64')", "'relu'", "", "correct"),
):  # fmt: skip
    attempt(label, "network", "5.5", f"""
import keras
from keras.layers import *
{before}
def build_network(n_users, n_books):{TABLES}
    for width in (128, 32): vector = Dense(width, activation={activation})(vector)
    model = keras.Model([user, book], Dense(1)(vector))
{after}
    return model
""", expected)  # fmt: skip

SAMPLE = [
    next(a for a in ATTEMPTS if a.kind == kind) for kind in dict.fromkeys(a.kind for a in ATTEMPTS)
]
