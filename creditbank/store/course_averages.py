"""课程平均: the average mark of the courses on record, weighted by credits, for many enrolments.

Reuses the average of the transcript (domain.attempts.gpa) with marks in place of grade points: of
several attempts the one of record counts, levels are worth what the policy says, and what has no
value (合格, 免修, 操行) is left out of both sums.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cache

from sqlalchemy import Connection, text

from creditbank.domain.attempts import GradedAttempt, gpa
from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.domain.marks import Mark, read_mark
from creditbank.domain.policies import Policy
from creditbank.store.policies import policy_for

_HUNDREDTHS_PER_TENTH = 10
_COURSES = text("""
SELECT e.enrolment_id, e.institution_id, l.course_code, l.mark, l.scale, l.exam_kind, l.passed,
  l.ledger_seq, c.units AS course_units
FROM enrolments e
  JOIN ledger_entries l ON l.learner_id = e.learner_id AND l.institution_id = e.institution_id
  JOIN courses c ON c.institution_id = l.institution_id AND c.code = l.course_code
WHERE e.enrolment_id = ANY (:ids) AND l.kind = 'course' AND l.earned_on <= :as_of
  AND NOT EXISTS (SELECT FROM ledger_entries r WHERE r.learner_id = l.learner_id
    AND r.kind = 'reversal' AND r.source_seq = l.ledger_seq)
""")


def course_averages(
    connection: Connection, enrolment_ids: Iterable[int], *, as_of: date
) -> dict[int, int | None]:
    """The average in hundredths of 100 by enrolment, rounded half up once; None without a mark."""
    wanted = sorted(set(enrolment_ids))
    rows = connection.execute(_COURSES, {"ids": wanted, "as_of": as_of}).all()

    @cache
    def rules(school: int) -> Policy:
        return policy_for(connection, school, as_of)

    @cache
    def worth(mark: str | None, scale: str | None, kind: str | None, school: int) -> int | None:
        return _worth(mark, scale, kind, rules(school))

    attempts: dict[tuple[int, int], list[GradedAttempt]] = defaultdict(list)
    for number, school, code, mark, scale, kind, passed, seq, units in rows:
        attempts[number, school].append(
            GradedAttempt(
                course_code=code,
                course_units=units,
                grade_point=worth(mark, scale, kind, school),
                ledger_seq=seq,
                passed=bool(passed),
            )
        )
    found = {number: gpa(made, rules(school)) for (number, school), made in attempts.items()}
    return {number: found.get(number) for number in wanted}


def _worth(
    mark: str | None, scale: str | None, exam_kind: str | None, policy: Policy
) -> int | None:
    """The mark of record in hundredths, None where it is not to be averaged."""
    if not mark or not scale or not exam_kind:
        return None
    found = read_mark(mark, GradingScale(scale), ExamKind(exam_kind), policy)
    if not isinstance(found, Mark) or found.tenths is None:
        return None
    return _HUNDREDTHS_PER_TENTH * found.tenths
