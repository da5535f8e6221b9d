"""Rules in the reader's words: what a key is called, and its value with its unit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from flask_babel import LazyString

from creditbank.domain.awards import AwardLevel, AwardRank, CertificateLevel, InnovationCategory
from creditbank.domain.policies import Authority, PolicyScalar
from creditbank.domain.policy_keys import (
    ACROSS,
    CATEGORY_CAP,
    EFFORT_HOURS,
    EFFORT_TIMES,
    value_text,
)
from creditbank.domain.policy_kinds import (
    OFFICES,
    WEBHOOK_WAITS,
    Applies,
    Measure,
    PolicyKey,
    Topic,
)
from creditbank.domain.status_changes import ChangeKind, Office, Programme
from creditbank.web.labels import NAMES, award_text, name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import lazy_gettext as _l

TOPICS: Mapping[Topic, LazyString] = {
    Topic.SUBSTITUTION: _l("创新实践学分替代选修课"),
    Topic.AWARD_CAPS: _l("竞赛与创新学分的上限"),
    Topic.COMPETITIONS: _l("竞赛学分"),
    Topic.INNOVATIONS: _l("创新学分"),
    Topic.MARKS: _l("成绩记载"),
    Topic.DURATION: _l("修业年限"),
    Topic.PLANS: _l("方案检查"),
    Topic.ENROLMENT: _l("学籍异动"),
    Topic.TRANSFERS: _l("转学、转专业与学分认定"),
    Topic.EFFORT: _l("补足学分的用时估计"),
    Topic.SHARING: _l("与高校共享"),
    Topic.PROGRESS: _l("学业预警与目标"),
}
AUTHORITIES: Mapping[Authority, LazyString] = {
    Authority.NATIONAL: _l("国家"),
    Authority.PROVINCE: _l("省"),
    Authority.CITY: _l("市"),
    Authority.COUNTY: _l("县"),
    Authority.SCHOOL: _l("学校"),
}
APPLIES: Mapping[Applies, LazyString] = {
    Applies.VERDICTS: _l("自施行之日起，全部在籍学生的结论按新值重新判定。"),
    Applies.ENTRIES: _l(
        "这一项在入账时使用：已入账的记录保持原有学分，只影响施行之日及以后取得的成果和成绩。"
    ),
    Applies.TRANSCRIPTS: _l("这一项只影响成绩单上的平均绩点，不影响结论。"),
    Applies.PLANS: _l("这一项只在检查培养方案时使用，不影响已有结论。"),
    Applies.CHANGES: _l("这一项在申请和审批学籍异动时使用，不影响结论。"),
    Applies.SUPPOSITIONS: _l("这一项只用于“假如”和补足建议，不影响结论。"),
    Applies.REGISTRATIONS: _l("这一项在登记新生、学期注册和期限提醒时使用，不影响结论。"),
    Applies.LINKS: _l("这一项在生成分享链接时使用；已经生成的链接不变。"),
    Applies.SHARING: _l("这一项在学生进班和向高校发送通知时使用，不影响结论；已有的同意不变。"),
    Applies.FIGURES: _l("这一项只用于学业预警和统计，不影响结论。"),
    Applies.PAPERS: _l("这一项在签发证明时使用，已签发的证明不变。"),
    Applies.POSTINGS: _l("这一项在提交成绩和成绩入账时使用，已入账的成绩不变。"),
    Applies.CLAIMS: _l("这一项在学分认定申报终审通过时使用，已开始的公示不变。"),
}
_KEYS: Mapping[str, LazyString] = {
    "link.days_max": _l("分享证明和凭证的链接最长有效天数"),
    "link.full_numbers": _l("分享件上可否完整显示身份证号和学籍号"),
    "progress.yellow_share": _l("已得学分低于应得的多少，黄色预警"),
    "progress.red_share": _l("已得学分低于应得的多少，红色预警"),
    "progress.grace_days": _l("学期结束后多少天，该学期的学分计入应得"),
    "target.present_learners": _l("目标：中职全日制在校生"),
    "target.entrants_percent": _l("目标：中职招生为普高招生的百分之多少"),
    "target.majors_to_college": _l("目标：3+2 专业数"),
    "target.majors_to_bachelor": _l("目标：3+4 专业数"),
    "target.completion_percent": _l("目标：学分完成率"),
    "target.graduation_percent": _l("目标：按期毕业率"),
    "target.advance_percent": _l("目标：转段率"),
    "sharing.consent": _l("向高校提供学籍学业信息的同意"),
    "webhook.retry_seconds": _l("向高校发送通知失败后，每次重发前等待的秒数"),
    "substitution.cap_units": _l("至多替代的学分"),
    "substitution.share_percent": _l("至多替代应修选修学分的比例"),
    "innovation.career_cap_units": _l("在校期间竞赛与创新学分合计上限"),
    f"{CATEGORY_CAP}competition": _l("竞赛获奖合计上限"),
    "competition.member_deduction": _l("团体项目其他队员减少的学分"),
    "competition.member_floor": _l("团体项目队员最低学分"),
    "innovation.value.pending_application": _l("专利、软件著作权申请中"),
    "innovation.portion.social_practice": _l("社会实践每份的天数"),
    "innovation.portion.volunteering": _l("志愿服务每份的小时数"),
    "marks.pass_mark": _l("百分制及格线"),
    "marks.point_base": _l("绩点起算成绩"),
    "marks.exempt_test_min": _l("申请免修的测试成绩"),
    "marks.resit_point": _l("补考及格的绩点"),
    "marks.pass_fail_point": _l("二级制“合格”的绩点"),
    "marks.resits_max": _l("补考次数上限"),
    "marks.resit_after_absence": _l("旷考、作弊后可以补考"),
    "marks.exempt_proof_required": _l("免修须有证明"),
    "marks.exempt_excluded_names": _l("不得免修的课程"),
    "marks.exempt_excluded_blocks": _l("不得免修的模块"),
    "innovation.before_entry_certificates": _l("入学前取得的证书可以入账"),
    "innovation.before_entry_awards": _l("入学前取得的奖项可以入账"),
    "claims.notice_working_days": _l("学分认定公示的工作日数"),
    "innovation.valid_when_recognised": _l("认定之日证书须在有效期内"),
    "grades.second_person": _l("成绩入账前须由第二人复核"),
    "grades.second_person_marks": _l("“超过限额”：一次入账的成绩多于多少个"),
    "grades.second_person_failed_percent": _l("“超过限额”：不及格的比例高于多少"),
    "grades.draft_days": _l("录入表多少天无人改动后作废"),
    "grades.reviewer": _l("由谁复核成绩"),
    "grades.entry_days_before": _l("学期结束前多少天开始提醒录入成绩"),
    "marks.resit_recorded": _l("补考及格后记载的成绩"),
    "marks.retake_counts": _l("重修后计算绩点的成绩"),
    "duration.years_early_max": _l("至多提前毕业"),
    "duration.years_late_max": _l("至多推迟毕业"),
    "duration.suspension_counts": _l("休学、服兵役时间计入最长年限"),
    "completion.exchange_months_min": _l("结业换毕业证书的最短间隔"),
    "completion.exchange_months_max": _l("结业换毕业证书的期限"),
    "plan.common_percent_min": _l("公共基础课学时占比下限"),
    "plan.elective_percent_min": _l("选修课学时占比下限"),
    "plan.practice_percent_min": _l("实践教学学时占比下限"),
    "plan.hours_min": _l("总学时下限"),
    "transfer.semesters_studied_min": _l("中职之间转学：在转出学校至少学满的学期"),
    "transfer.late_entry_days": _l("开学后多少天以内入学，这一学期算学满"),
    "transfer.last_year_closed": _l("毕业年级不予转学"),
    "transfer.suspended_closed": _l("休学期间不予转学"),
    "transfer.same_programme": _l("转入专业的学制、入学条件须相同"),
    "change.office_days": _l("学籍异动：每一方的办理期限（工作日）"),
    "major_change.last_year_closed": _l("毕业年级不予转专业"),
    "major_change.ground": _l("转专业须有规定的理由"),
    "suspension.documents": _l("休学须附证明材料"),
    "suspension.months_max": _l("一次休学最长"),
    "suspension.consecutive_max": _l("最多连续休学"),
    "resumption.health": _l("因病休学的，复学须附康复证明"),
    "resumption.apply_days_before": _l("复学：开学前多少天起申请"),
    "withdrawal.application": _l("自愿退学须有学生和监护人的申请"),
    "withdrawal.resume_grace_days": _l("休学期满多少天未复学，达到退学处理条件"),
    "withdrawal.suspension_years": _l("连续休学满多少年，达到退学处理条件"),
    "withdrawal.absent_hours": _l("一学期旷课多少课时，达到退学处理条件"),
    "withdrawal.absent_days": _l("连续旷课多少天，达到退学处理条件"),
    "expulsion.sanction": _l("开除学籍须有处分决定和文号"),
    "expulsion.adults_only": _l("未成年学生不得违法开除"),
    "death.document": _l("登记死亡须附证明"),
    "graduation.decision": _l("毕业须先批准"),
    "graduation.reviewed": _l("毕业批准正在复核的，先办结复核"),
    "completion.graduation_first": _l("达到毕业条件的不办理结业"),
    "completion.days_before_end": _l("结业：最后一学期结束前多少天起办理"),
    "completion.application": _l("最长修业年限届满前，结业须有学生和监护人的申请"),
    "leaving.months_min": _l("肄业：至少学满"),
    "leaving.application": _l("肄业须有学生和监护人的申请"),
    "leaving.others_first": _l("可以毕业或结业的不办理肄业"),
    "warning.suspension_days": _l("休学期满前多少天起提醒"),
    "warning.longest_time_days": _l("最长修业年限到期前多少天起提醒"),
    "registration.autumn_cutoff": _l("秋季招生的注册截止"),
    "registration.spring_cutoff": _l("春季招生的注册截止"),
    "registration.record_days": _l("入学后多少个工作日内建立学籍"),
    "registration.days_before": _l("开学前多少天起办理学期注册"),
    "warning.registration_days": _l("建立学籍、新生注册截止前多少天起提醒"),
    "paper.certificate_days": _l("学籍证明的有效天数"),
    "paper.transcript_identity": _l("成绩单等文件上的身份证号"),
    "paper.study_certificate_title": _l("离校学生学习证明的名称"),
    "credential.status_days": _l("资格类电子凭证的有效天数"),
    "credential.list_days": _l("电子凭证状态列表的有效天数"),
    "transfer.vocational_semesters_left_min": _l("普高转中职：转入后至少还有的学期"),
    "transfer.window_days_before": _l("互转：学期结束前多少天起受理"),
    "transfer.window_days_after": _l("互转：学期结束后受理多少天"),
    "transfer.notice_days": _l("互转、转学：公示的工作日"),
    "transfer.effect_days_max": _l("转学：申请后至迟多少天内生效"),
    "transfer.full_time_only": _l("互转只限全日制学生"),
    "transfer.makeup_terms": _l("转入后几个学期内补修"),
    "recognition.same_name": _l("中职之间转学：同名必修课直接认定"),
    "transfer.pairs_only": _l("互转只在结对学校之间"),
    "transfer.assessment": _l("互转须通过转入学校的考核"),
    "transfer.territory": _l("互转的地域"),
    "transfer.closed_programmes": _l("普高学生不能转入的班级"),
    "transfer.to_general_semester_max": _l("转入普通高中：至迟第几学期末"),
    "transfer.to_vocational_semester_max": _l("转入中等职业学校：至迟第几学期末"),
    "major_change.across_semester_max": _l("跨专业大类转专业：至迟第几学期末"),
    "major_change.within_semester_max": _l("同一大类内转专业：至迟第几学期末"),
    "plan.common_blocks": _l("公共基础课所在模块"),
    "credit.hours_min": _l("每学分最少学时"),
    "credit.hours_max": _l("每学分最多学时"),
}
_LEVELS: Mapping[str, LazyString] = {
    "excellent": _l("优秀"),
    "good": _l("良好"),
    "medium": _l("中等"),
    "pass": _l("及格"),
    "fail": _l("不及格"),
}
_CHOICES: Mapping[str, LazyString] = {
    "pass_mark": _l("记及格线"),
    "real": _l("记实得分"),
    "best": _l("取最好成绩"),
    "latest": _l("取最近一次"),
    "county": _l("县域内"),
    "city": _l("市域内"),
    "joining": _l("签订协议进班即同意"),
    "separate": _l("由学生或监护人另行同意"),
    "full": _l("全写"),
    "masked": _l("只写前六位和后四位"),
    "none": _l("不写"),
    "never": _l("不须复核"),
    "above": _l("超过限额时须复核"),
    "always": _l("一律须复核"),
    "approver": _l("教学审批"),
    "colleague": _l("教学审批或另一名教务员"),
}
_WORDS: Mapping[str, LazyString] = {
    code.value: name for kind in (Office, Programme) for code, name in NAMES[kind].items()
}
_NUMBERS = re.compile("(?<=[0-9]) (?=[0-9])")
"""Between numbers that are written one after the other."""
_UNITS: Mapping[Measure, Callable[[str], str]] = {
    Measure.CREDITS: lambda value: _("%(value)s 学分", value=value),
    Measure.POINTS: lambda value: _("绩点 %(value)s", value=value),
    Measure.PERCENT: lambda value: f"{value}%",
    Measure.MARK: lambda value: _("%(value)s 分", value=value),
    Measure.COUNT: lambda value: _("%(value)s 次", value=value),
    Measure.GRADES: lambda value: _("%(value)s 个成绩", value=value),
    Measure.DAYS: lambda value: _("%(value)s 天", value=value),
    Measure.HOURS: lambda value: _("%(value)s 小时", value=value),
    Measure.CLASS_HOURS: lambda value: _("%(value)s 学时", value=value),
    Measure.MONTHS: lambda value: _("%(value)s 个月", value=value),
    Measure.SEMESTERS: lambda value: _("第 %(value)s 学期", value=value),
    Measure.TERMS: lambda value: _("%(value)s 个学期", value=value),
    Measure.YEARS: lambda value: _("%(value)s 年", value=value),
    Measure.FLAG: lambda value: _("是") if value == "true" else _("否"),
    Measure.CHOICE: lambda value: str(_CHOICES[value]),
    Measure.WORDS: lambda value: _("、").join(str(_WORDS[word]) for word in value.split()),
    Measure.TEXT: lambda value: _NUMBERS.sub(_("、"), value),
    Measure.MONTH_DAY: str,
}
_SUFFIXES: Mapping[Measure, LazyString] = {
    Measure.CREDITS: _l("学分"),
    Measure.POINTS: _l("绩点"),
    Measure.PERCENT: _l("百分数"),
    Measure.MARK: _l("分数"),
    Measure.COUNT: _l("次数"),
    Measure.GRADES: _l("成绩个数"),
    Measure.DAYS: _l("天数"),
    Measure.HOURS: _l("小时数"),
    Measure.CLASS_HOURS: _l("学时数"),
    Measure.MONTHS: _l("月数"),
    Measure.YEARS: _l("年数"),
    Measure.SEMESTERS: _l("学期数"),
    Measure.TERMS: _l("学期数"),
    Measure.FLAG: _l("是或否"),
    Measure.CHOICE: _l("选项"),
    Measure.WORDS: _l("若干项，用空格分开"),
    Measure.TEXT: _l("文字"),
    Measure.MONTH_DAY: _l("月-日，如 11-20"),
}


def key_name(key: PolicyKey) -> str:
    """What a key is called on screens."""
    if key.key in _KEYS:
        return str(_KEYS[key.key])
    stem, last = key.key.rsplit(".", 1)
    if key.topic is Topic.MARKS:
        is_mark = stem == "marks.level_value"
        text = _("“%(level)s”折算的成绩") if is_mark else _("“%(level)s”的绩点")
        return text % {"level": _LEVELS[last]}
    if key.key == OFFICES + ACROSS:
        return _("普职互转：依次审批的部门")
    if key.key.startswith(OFFICES):
        return _("%(kind)s：依次审批的部门", kind=name_of(ChangeKind[last.upper()]))
    if key.topic is Topic.EFFORT:
        return _effort_name(key.key)
    return _award_name(stem, last)


def _award_name(stem: str, last: str) -> str:
    if f"{stem}." == CATEGORY_CAP:
        return _("%(category)s合计上限", category=name_of(InnovationCategory(last)))
    if stem.startswith("competition.value."):
        level, rank = AwardLevel(stem.rsplit(".", 1)[1]), AwardRank(last)
        return award_text(level, rank)
    if stem == "innovation.value":
        return name_of(InnovationCategory(last))
    certificate = name_of(InnovationCategory.SKILL_CERTIFICATE)
    return f"{certificate} {name_of(CertificateLevel(last))}"


def _effort_name(key: str) -> str:
    """Such as "县级一等奖：相当的学时"."""
    is_hours = key.startswith(EFFORT_HOURS)
    code = key.removeprefix(EFFORT_HOURS if is_hours else EFFORT_TIMES)
    kind, _dot, rest = code.partition(".")
    award = _award_name(*f"{kind}.value.{rest}".rsplit(".", 1))
    text = _("%(award)s：相当的学时") if is_hours else _("%(award)s：至多次数")
    return text % {"award": award}


def shown_value(key: PolicyKey, value: PolicyScalar | None) -> str:
    """A value with its unit; a dash where there is none."""
    if value is None:
        return _("不设限")
    if key.key == WEBHOOK_WAITS:
        return _("、").join(_wait_text(int(seconds)) for seconds in str(value).split())
    return _UNITS[key.measure](value_text(key, value))


def _wait_text(seconds: int) -> str:
    """In the largest unit that gives a whole number."""
    minutes, odd_seconds = divmod(seconds, 60)
    hours, odd_minutes = divmod(minutes, 60)
    if odd_seconds or not minutes:
        return _("%(value)s 秒", value=seconds)
    if odd_minutes or not hours:
        return _("%(value)s 分钟", value=minutes)
    return _UNITS[Measure.HOURS](str(hours))


def measure_name(key: PolicyKey) -> str:
    """In what a new value is to be written."""
    return str(_SUFFIXES[key.measure])


def value_choices(key: PolicyKey) -> list[tuple[str, str]]:
    """(value, name) for a select; empty for keys whose value is typed."""
    if key.measure is Measure.FLAG:
        return [("true", _("是")), ("false", _("否"))]
    if key.measure is Measure.WORDS:
        return []
    return [(word, str(_CHOICES[word])) for word in key.choices]
