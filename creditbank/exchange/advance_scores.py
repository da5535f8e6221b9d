"""转段测试成绩: the table that a college or school uploads, one learner in each row.

Who the learners are and whether a score can be is not seen here: services.advance_score_files.
"""

from __future__ import annotations

from collections.abc import Sequence

from creditbank.domain.agreement_terms import ScoreKind
from creditbank.domain.sheets import ListedTable, ParsedSheet
from creditbank.exchange.headed_tables import listed_table
from creditbank.exchange.refusals import Refusal

COLUMNS = {
    "student_no": "学号",
    "name": "姓名",
    ScoreKind.COURSE_AVERAGE.value: "课程平均",
    ScoreKind.CULTURE_EXAM.value: "文化基础",
    ScoreKind.KNOWLEDGE_TEST.value: "专业基础知识",
    ScoreKind.SKILL_TEST.value: "专业基本技能",
    ScoreKind.QUALITY.value: "综合素质",
}
"""Field and heading; a table has the parts that it reports."""
_NEEDED = ("学号", "姓名")
_SYNONYMS = {
    "学生姓名": "姓名",
    "课程平均分": "课程平均",
    "课程平均成绩": "课程平均",
    "文化基础成绩": "文化基础",
    "文化课": "文化基础",
    "专业知识": "专业基础知识",
    "技能测试": "专业基本技能",
    "专业技能": "专业基本技能",
    "专业技能测试": "专业基本技能",
    "综合素质评价": "综合素质",
}


def read_score_table(sheets: Sequence[ParsedSheet]) -> ListedTable:
    """The table among the sheets of a file; see headed_tables.listed_table."""
    return listed_table(
        sheets,
        COLUMNS,
        needed=_NEEDED,
        synonyms=_SYNONYMS,
        missing=Refusal.WRONG_SCORE_TABLE,
        empty=Refusal.NO_SCORES,
    )
