"""Attempts to get points for wrong answers: one of each kind, against the judge."""

import time
from types import SimpleNamespace

import pytest

from neurec_helpers.classroom import grading, session
from neurec_helpers.classroom.frames import Broken
from neurec_helpers.classroom.hidden import make_hidden
from tests.helpers.attempts_odd import SAMPLE
from tests.helpers.classroom_runs import LIMITS, require_sandbox


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    require_sandbox()
    data = make_hidden(tmp_path_factory.mktemp("course"))
    judge = session.Judge(data, LIMITS)
    with session.Session(data, LIMITS, judge) as made:
        yield made
    judge.end()


@pytest.mark.parametrize("attempt", SAMPLE, ids=lambda attempt: attempt.name)
def test_an_attempt_earns_nothing_and_a_plain_one_is_told(running, attempt):
    outputs, verdicts, ended = running.run(attempt.cells)
    verdict = verdicts.get(attempt.task, {"status": "not graded", "attempt": ""})
    assert verdict["status"] in attempt.expected, (verdict, ended)
    told = grading.attempts_in([source for source, _ in attempt.cells], verdicts, ended)
    assert attempt.told in " ".join(told) and (bool(told) or not attempt.told)
    assert not any(told_ in str(outputs) for told_ in told if "forged" in told_)
    assert "\x1b" not in str(verdict) and "\ud800" not in str(verdict)


def test_what_one_notebook_did_is_gone_in_the_next_and_right_answers_are_right(running):
    setup, _, check = SAMPLE[0].cells
    answer = ("n_books = ratings.book_id.nunique()", None)
    outputs, verdicts, ended = running.run([setup, answer, check])
    assert ended == "" and verdicts["5.2"]["status"] == "correct"
    assert "Task 5.2: correct" in str(outputs[2])
    assert running.seconds["start"] > 1 and running.seconds["cells"] > 0.1


def test_a_notebook_finds_what_the_hand_out_and_an_earlier_notebook_offer(running):
    setup, _, check = SAMPLE[0].cells
    first = "open('kept.csv', 'w').write('7')\nopen('own.py', 'w').write('VALUE = 7')"
    running.run([(first, None)])
    second = (
        "import own\nassert own.VALUE == int(open('kept.csv').read()) == 7\n"
        "n_books = pd.read_csv('../data/ratings.csv.gz').book_id.nunique()\n"
        "assert len(pd.read_csv('../data/books.csv')) >= n_books"
    )
    _, verdicts, _ = running.run([setup, (second, None), check])
    assert verdicts["5.2"]["status"] == "correct", verdicts


def test_the_student_is_watched_while_the_judge_thinks(running):
    def watch():
        raise Broken("it took more than 4 GB of memory")

    with pytest.raises(session._Gone, match="4 GB"):
        running.judge.decide("5.2", b"{}", None, watch)
    assert running.judge.sandbox is None  # what it was thinking about is over


class SlowStudent:
    """A channel to a process that answers each call late, as long as it is asked."""

    def __init__(self):
        self.waited, self.watch = [], None

    def send(self, *_):
        pass

    def receive(self, seconds):
        self.waited.append(seconds)
        time.sleep(0.1)
        if seconds <= 0.1:
            raise Broken("it kept silent for too long")
        return b"A", b"late"


class Asking:
    """A judge that asks again and again."""

    def decide(self, task, answer, ask, watch):
        while True:
            ask(b"")


def test_calls_share_one_time_limit_however_many_there_are():
    made = session.Session(None, LIMITS, Asking())
    made.sandbox = SimpleNamespace(channel=SlowStudent())
    with pytest.raises(session._Gone, match="silent"):
        made._judge(b'{"place": 0, "values": {}}', [("", ("5.8", {}))], {}, left=0.5)
    waited = made.sandbox.channel.waited
    assert waited[0] <= 0.5 and waited == sorted(waited, reverse=True) and len(waited) < 7
