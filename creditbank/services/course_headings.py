"""Which course of a school a heading or a cell means: "数学(GG03)", a code, or a name alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from creditbank.services.named_learners import folded
from creditbank.services.written_marks import RefusedCellError
from creditbank.store.grade_imports import TaughtCourse

_NAME_AND_CODE = re.compile(r"(?P<name>.*?)\s*\((?P<code>[A-Za-z0-9-]{2,20})\)")


class CourseBook:
    """The courses of one school, to be found by what somebody wrote."""

    def __init__(self, courses: Iterable[TaughtCourse]) -> None:
        self._by_code: dict[str, TaughtCourse] = {}
        self._by_name: dict[str, list[TaughtCourse]] = defaultdict(list)
        for course in courses:
            self._by_code[course.code.upper()] = course
            self._by_name[folded(course.name)].append(course)

    def find(self, written: str) -> TaughtCourse:
        """The course that is meant; RefusedCellError for none, several, or a contradiction."""
        match = _NAME_AND_CODE.fullmatch(written)
        if match is not None and match["code"].upper() in self._by_code:
            return self._by_name_and_code(match["name"], match["code"])
        if written.upper() in self._by_code:
            return self._by_code[written.upper()]
        named = self._by_name.get(folded(written), [])
        if len(named) > 1:
            codes = "、".join(course.code for course in named)
            raise RefusedCellError(
                code="course_ambiguous",
                zh=f"有多门同名课程({codes}),请写成“课程名(课程代码)”。",
                en=f"several courses have this name ({codes}); write it as name(code).",
                field="course_code",
            )
        if not named:
            raise RefusedCellError(
                code="unknown_course",
                zh="本校没有这门课程,请按“课程名(课程代码)”填写或先在课程库中建立。",
                en="your school has no such course; write it as name(code) or add it first.",
                field="course_code",
            )
        return named[0]

    def _by_name_and_code(self, name: str, code: str) -> TaughtCourse:
        course = self._by_code[code.upper()]
        if name and folded(name) != folded(course.name):
            raise RefusedCellError(
                code="course_name_differs",
                zh=f"代码 {course.code} 在课程库中是“{course.name}”,与所写课程名不一致,请核对。",
                en=f"the code {course.code} is that of {course.name}, not of what is written.",
                field="course_code",
            )
        return course
