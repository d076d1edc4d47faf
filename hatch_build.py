"""Puts the lesson into a wheel, beside the code; an editable install finds it in the checkout."""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Notebooks and data for students; the rest is what a teacher's hand-out is made of.
LESSON = (
    "data",
    "notebooks",
    "Makefile",
    "constraints.txt",
    "environment.yml",
    "hatch_build.py",
    "pyproject.toml",
    "LICENSE",
    "LICENSE-CONTENT",
)


class LessonHook(BuildHookInterface):
    """Maps files at the top of a checkout to neurec_helpers/_lesson."""

    def initialize(self, version, build_data):
        """Add what is there; a hand-out holds no more than a student needs."""
        if version != "standard":
            return
        root = Path(self.root)
        for top in (root / name for name in LESSON):
            for path in [top, *top.rglob("*")]:
                name = path.relative_to(root)
                hidden = any(part.startswith(".") for part in name.parts)
                made = top.name == "notebooks" and path.suffix != ".ipynb"
                if path.is_file() and not hidden and not made:
                    build_data["force_include"][str(path)] = f"neurec_helpers/_lesson/{name}"
