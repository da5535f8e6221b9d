"""What staff did when they saw a record, in words for whose record it is: which part, and why."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString

from creditbank.domain.permissions import Action
from creditbank.web.languages import lazy_gettext as _l

_RECORD = _l("学籍、成绩和结论")
_MARKS = _l("成绩和学分")
_LIST = _l("名单（姓名、班级）")
_CHANGES = _l("学籍异动申请")
_ADVANCE = _l("转段进度和条件")
_CLAIMS = _l("学分认定申报和证明材料")
_PAPERS = _l("证明和电子凭证")
_EXCEPTIONS = _l("个人例外")

LOOKS: Mapping[Action, tuple[LazyString, LazyString]] = {
    Action.SEE_LEARNER: (_RECORD, _l("查看档案")),
    Action.SEE_TRANSCRIPT: (_MARKS, _l("查看成绩单")),
    Action.SEE_SHARED_TRANSCRIPT: (_MARKS, _l("经同意调取成绩单")),
    Action.SEE_VERDICTS: (_l("毕业和转段结论"), _l("查看结论")),
    Action.WHAT_IF: (_l("毕业和转段结论"), _l("推算补修方案")),
    Action.SEE_FACTS: (_l("操行、实习、考试等记录"), _l("查看记录")),
    Action.RECORD_FACT: (_l("操行、实习、考试等记录"), _l("登记记录")),
    Action.FIND_LEARNERS: (_LIST, _l("查找学生")),
    Action.REGISTER_LEARNER: (_l("学籍登记信息"), _l("办理入学登记")),
    Action.OPEN_ENROLMENT: (_l("学籍登记信息"), _l("办理入学登记")),
    Action.REGISTER_TERM: (_LIST, _l("办理学期注册")),
    Action.SEE_TERM_REGISTRATIONS: (_LIST, _l("核对学期注册")),
    Action.POST_CREDIT: (_MARKS, _l("录入学分")),
    Action.IMPORT_GRADES: (_MARKS, _l("导入班级成绩")),
    Action.REVERSE_ENTRY: (_MARKS, _l("更正学分")),
    Action.CHECK_EVIDENCE: (_l("获奖和证书"), _l("核查证书")),
    Action.APPROVE_SUBSTITUTION: (_MARKS, _l("审批学分替代")),
    Action.PROVE_ENTRY: (_MARKS, _l("核对账目存证")),
    Action.APPROVE_GRADUATION: (_l("毕业结论"), _l("办理毕业")),
    Action.CONFIRM_QUALIFICATION: (_ADVANCE, _l("确认转段资格")),
    Action.WITHDRAW_DECISION: (_l("毕业和转段结论"), _l("撤销决定")),
    Action.SEE_REVIEWS: (_l("毕业和转段结论"), _l("人工复核")),
    Action.RESOLVE_REVIEW: (_l("毕业和转段结论"), _l("人工复核")),
    Action.SIMULATE_RULES: (_LIST, _l("测算规则调整的影响")),
    Action.SEE_EXCEPTIONS: (_EXCEPTIONS, _l("查看例外")),
    Action.SEE_WAITING_EXCEPTIONS: (_EXCEPTIONS, _l("办理例外")),
    Action.ENTER_EXCEPTION: (_EXCEPTIONS, _l("办理例外")),
    Action.RULE_ON_EXCEPTION: (_EXCEPTIONS, _l("办理例外")),
    Action.SEE_STATUS_CHANGES: (_CHANGES, _l("查看申请")),
    Action.SEE_WAITING_CHANGES: (_CHANGES, _l("办理申请")),
    Action.SEE_DEADLINES: (_l("学籍办理期限"), _l("核对期限")),
    Action.APPLY_FOR_CHANGE: (_CHANGES, _l("代为申请")),
    Action.GIVE_OPINION: (_CHANGES, _l("办理申请")),
    Action.SEE_TRANSFER: (_l("转学档案"), _l("办理转学")),
    Action.ASSESS_TRANSFER: (_l("转学档案"), _l("转学考核和学分认定")),
    Action.ISSUE_PAPER: (_PAPERS, _l("签发证明")),
    Action.SEE_PAPERS: (_PAPERS, _l("查看证明")),
    Action.ISSUE_CREDENTIAL: (_PAPERS, _l("签发电子凭证")),
    Action.SEE_CREDENTIALS: (_PAPERS, _l("查看电子凭证")),
    Action.REVOKE_CREDENTIAL: (_PAPERS, _l("作废电子凭证")),
    Action.SEE_NOTICES: (_LIST, _l("查看公示")),
    Action.SEE_COHORT: (_l("班级名单和转段结论"), _l("查看贯通培养班级")),
    Action.FOLLOW_COHORT: (_l("班级名单和转段结论"), _l("高校系统同步")),
    Action.VERIFY_STATUS: (_l("学籍和转段状态"), _l("高校系统核验")),
    Action.SEE_ADVANCES: (_ADVANCE, _l("查看转段进度")),
    Action.SEE_ADVANCE_COHORT: (_ADVANCE, _l("办理班级转段")),
    Action.SEE_ADVANCE_NOTICE: (_LIST, _l("查看转段公示")),
    Action.ASSESS_PROCESS: (_ADVANCE, _l("登记过程考核")),
    Action.ANNOUNCE_ADVANCE: (_ADVANCE, _l("公示转段名单")),
    Action.APPEAL_ADVANCE: (_ADVANCE, _l("代为申诉")),
    Action.SCORE_ADVANCE: (_ADVANCE, _l("登记转段成绩")),
    Action.RANK_ADVANCE: (_ADVANCE, _l("转段排名")),
    Action.ADMIT_ADVANCE: (_ADVANCE, _l("转段录取")),
    Action.GIVE_UP_ADVANCE: (_ADVANCE, _l("登记放弃转段")),
    Action.DISQUALIFY_ADVANCE: (_ADVANCE, _l("取消转段资格")),
    Action.WITHDRAW_ADVANCE: (_ADVANCE, _l("撤销转段步骤")),
    Action.SEE_CONSENTS: (_l("向高校提供信息的同意"), _l("核对同意")),
    Action.SEE_GRADE_DRAFTS: (_l("班级成绩录入表"), _l("录入成绩")),
    Action.REVIEW_GRADES: (_l("班级成绩录入表"), _l("复核成绩")),
    Action.SEE_ACADEMIC_PROGRESS: (_l("学业进度"), _l("查看学业预警")),
    Action.SEE_WARNING: (_l("学业进度"), _l("查看学业预警")),
    Action.NOTE_WARNING_CONTACT: (_l("学业进度"), _l("登记预警后的联系")),
    Action.SEE_CLAIMS: (_CLAIMS, _l("查看申报")),
    Action.REVIEW_CLAIM: (_CLAIMS, _l("初审申报")),
    Action.CONFIRM_CLAIM: (_CLAIMS, _l("终审申报")),
    Action.SEE_CLAIM_NOTICE: (_LIST, _l("查看认定公示")),
    Action.OBJECT_TO_CLAIM: (_LIST, _l("对认定公示提出异议")),
    Action.EXPORT_NATIONAL_SHEET: (_l("学籍信息（含证件号码）"), _l("导出全国学籍系统表")),
}
"""By what was done: which part was seen, and what for."""
OTHER: tuple[LazyString, LazyString] = (_RECORD, _l("办理业务"))
"""Of what is done no more."""
