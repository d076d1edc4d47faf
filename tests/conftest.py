"""What all tests share."""

import os

import pytest

# Tests read English, whatever the system speaks.
os.environ["NEUREC_LANGUAGE"] = "en"

# The notebooks in fixtures/ are broken on purpose; test_regression.py runs them apart.
collect_ignore = ["regression/fixtures"]

# They train, or start many kernels, sandboxes or browsers: `make check` leaves them out.
SLOW = {
    "bench/test_recipes.py",
    "bench/test_scale.py",
    "classroom/test_attempts.py",
    "classroom/test_classroom_browser.py",
    "classroom/test_classroom_page.py",
    "classroom/test_exchange.py",
    "classroom/test_fuzz.py",
    "classroom/test_grading.py",
    "classroom/test_handout.py",
    "classroom/test_lesson_submissions.py",
    "classroom/test_pages_browser.py",
    "classroom/test_sandbox.py",
    "cli/test_lesson.py",
    "docs/test_site.py",
    "notebook/test_report_browser.py",
    "notebook/test_saving.py",
    "recommending/test_lists.py",
    "recommending/test_shop.py",
    "recommending/test_shop_browser.py",
    "regression/test_languages.py",
    "regression/test_regression.py",
    "regression/test_sabotage.py",
    "scale/test_faults.py",
    "scale/test_made_faults.py",
    "scale/test_training.py",
    "tasks/test_tasks.py",
    "test_browser.py",
    "test_startup.py",
    "test_wheel.py",
}


def pytest_make_parametrize_id(val, argname):
    """Name bytes by their argument: an archive holds the time, and workers must agree on names."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items):
    for item in items:
        path = item.path.as_posix()
        if any(path.endswith(f"tests/{name}") for name in SLOW) or "the_network_does" in item.name:
            item.add_marker(pytest.mark.slow)
