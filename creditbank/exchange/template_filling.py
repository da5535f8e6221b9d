"""Which files come of a template: one for a class, or one for each learner in a ZIP archive.

A template with a row of a learner is filled in once, the row repeated for each. One without is
filled in for each learner, with a row of a course repeated for what the learner has earned.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import date

from creditbank.exchange.filled_templates import Template
from creditbank.queries.template_values import (
    OF_COURSE,
    OF_FILE,
    OF_LEARNER,
    LearnerValues,
    TemplateValues,
)

KNOWN = frozenset({*OF_FILE, *OF_LEARNER, *OF_COURSE})
_OF_LEARNER, _OF_COURSE = frozenset(OF_LEARNER), frozenset(OF_COURSE)


@dataclass(frozen=True, slots=True)
class FilledFile:
    """A file to be downloaded; ending: xlsx, docx or zip."""

    content: bytes
    ending: str


def fill_template(template: Template, values: TemplateValues, *, made_on: date) -> FilledFile:
    """Fill a template in for the learners of these values."""
    is_list = len(values.learners) > 1 and template.repeats(_OF_LEARNER)
    if is_list and not template.repeats(_OF_COURSE):
        rows = [learner.own for learner in values.learners]
        return FilledFile(template.filled(values.of_file, rows, _OF_LEARNER), template.kind)
    files = [(learner, _for_one(template, values, learner)) for learner in values.learners]
    if len(files) == 1:
        return FilledFile(files[0][1], template.kind)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for learner, content in files:
            name = f"{learner.own['学号']} {learner.own['姓名']}.{template.kind}"
            moment = (made_on.year, made_on.month, made_on.day, 0, 0, 0)
            archive.writestr(zipfile.ZipInfo(_safe(name), moment), content)
    return FilledFile(target.getvalue(), "zip")


def _for_one(template: Template, values: TemplateValues, learner: LearnerValues) -> bytes:
    own = {**values.of_file, **learner.own}
    return template.filled(own, learner.courses, _OF_COURSE)


def _safe(name: str) -> str:
    """A name of a file without what parts folders."""
    return name.replace("/", "_").replace("\\", "_")
