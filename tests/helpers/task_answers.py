"""Right answers in other styles, and wrong answers that students give, for each task.

RIGHT[task][style] is code. WRONG[task][mistake] lists pieces of code; `data` names the data set on
which the mistake shows, where it does not show on every one.
"""

from tests.helpers import (
    task_answers_baselines,
    task_answers_first,
    task_answers_network,
    task_answers_recommending,
    task_answers_training,
)

_FILES = (
    task_answers_first,
    task_answers_network,
    task_answers_training,
    task_answers_recommending,
    task_answers_baselines,
)
RIGHT = {task: answers for file in _FILES for task, answers in file.RIGHT.items()}
WRONG = {task: answers for file in _FILES for task, answers in file.WRONG.items()}
