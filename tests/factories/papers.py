"""One paper of each kind, as usual and with as much on it as anybody could write."""

from __future__ import annotations

from datetime import date
from typing import Any

from creditbank.domain.paper_parts import Opinion
from creditbank.domain.papers import (
    KIND_OF,
    AdvanceCondition,
    AdvanceForm,
    AdvanceScore,
    ChangeForm,
    Guardian,
    Paper,
    PaperContent,
    PaperKind,
    Place,
    RecognisedCourse,
    RecognitionForm,
    StatusCertificate,
    TransferForm,
    document_of,
)
from tests.factories import study_papers

LONG_NAME = "阿依古丽·买买提江·阿不都热合曼·吐尔逊江·麦合木提·艾力·库"
LONG_WORD = "W" * 80
_ABOUT: dict[str, Any] = {
    "school": "平阳县职业中等专业学校",
    "handler": "李教务",
    "name": "王小明",
    "sex": "男",
    "citizen_id": "370124200905123456",
    "national_student_no": "G370124200905123456",
}
_MUCH: dict[str, Any] = {
    "school": (
        "山东省平阳县第一高级职业技术中等专业综合实验学校(平阳县职业教育中心、平阳县技工学校、"
        "平阳县社区学院、平阳县农民科技教育培训中心平阳分校、平阳县乡村振兴人才基地)综合校区"
    ),
    "handler": LONG_NAME,
    "name": LONG_NAME,
    "sex": "女",
    "citizen_id": "370124200905123456",
    "national_student_no": "G370124200905123456",
}
_IN_CLASS: dict[str, Any] = {
    "student_no": "2024010101", "major": "数控技术应用", "class_name": "24数控1班",
}  # fmt: skip
_IN_LONG_CLASS: dict[str, Any] = {
    "student_no": "20240101010000000001",
    "major": "城市轨道交通车辆运用与检修技术应用及智能化装备维护保障方向(校企合作现代学徒制试点)",
    "class_name": f"24级{'城轨' * 18}1班",
}


def _course(**fields: Any) -> RecognisedCourse:
    given: dict[str, Any] = {
        "name": "语文", "unit": "平阳县第一中学", "hours": 72, "credits": "4", "mark": "86",
        "target": "语文(基础模块)", "target_credits": "4", "relation": "相同直认",
        "basis": "YW-01",
    }  # fmt: skip
    return RecognisedCourse(**given | fields)


def _long_course(at: int) -> RecognisedCourse:
    return _course(
        name=f"{at + 1} 机械制图与计算机辅助设计综合实训{LONG_WORD[:30]}",
        unit=_MUCH["school"],
        mark="合格",
        target="智能制造单元装调与工业机器人操作编程项目化课程",
        relation="相近可认",
        basis=f"平教体职〔2026〕{at}号 对照表第{at}行，课程内容相近度80%以上",
    )


def status_certificate() -> StatusCertificate:
    return StatusCertificate(
        **_ABOUT, **_IN_CLASS, entry_year=2024, years=3, status="在读",
        valid_until=date(2026, 3, 31),
    )  # fmt: skip


def change_form(**fields: Any) -> ChangeForm:
    given: dict[str, Any] = {
        **_ABOUT,
        **_IN_CLASS,
        "kind": "休学",
        "entry_year": 2024,
        "facts": (
            ("原因", "10 疾病"),
            ("起止日期", "2026年3月2日至2026年8月31日"),
            ("说明", "骨折术后，需休养半年。"),
        ),
        "proofs": ("学生与监护人签字的申请 2026年2月26日", "医院诊断证明 县人民医院 诊字12号"),
        "opinions": (
            Opinion(office="班主任", answer="同意", given_by="张老师", given_on=date(2026, 2, 27)),
            Opinion(
                office="教务科", answer="同意", words="情况属实", document_no="教务〔2026〕8号",
                given_by="李教务", given_on=date(2026, 2, 28),
            ),
            Opinion(office="分管校长"),
            Opinion(office="学籍主管部门"),
        ),
    }  # fmt: skip
    return ChangeForm(**given | fields)


def transfer_form(**fields: Any) -> TransferForm:
    given: dict[str, Any] = {
        **_ABOUT,
        "born_on": date(2009, 5, 12),
        "origin": Place(school="平阳县第一中学", grade="高一", class_name="3班"),
        "target": Place(school=_ABOUT["school"], major="数控技术应用", grade="2025级"),
        "reason": "本人对数控技术感兴趣，经家庭商议，申请转入中等职业学校学习。",
        "guardians": (Guardian(name="王建国", relation="父亲", phone="13800000000"),),
        "attachments": ("户口簿复印件", "高中学业成绩单"),
        "opinions": tuple(
            Opinion(office=office)
            for office in ("转出学校", "转入学校", "转出主管部门", "转入主管部门")
        ),
    }
    return TransferForm(**given | fields)


def recognition_form(**fields: Any) -> RecognitionForm:
    given: dict[str, Any] = {
        **_ABOUT,
        **_IN_CLASS,
        "courses": (
            _course(),
            _course(name="数学", target="数学(基础模块)", mark="78", basis="SX-01"),
            _course(
                name="校园合唱", hours=0, credits="1", mark="合格", target="艺术选修",
                target_credits="0.5", relation="计入选修", basis="YS-04",
            ),
        ),
        "total": "8.5",
        "documents": ("平教体职〔2026〕3号《课程互认与学分换算对照表》",),
        "opinions": tuple(
            Opinion(office=office) for office in ("学生", "导师", "教务科", "分管校长")
        ),
    }  # fmt: skip
    return RecognitionForm(**given | fields)


def credential_paper(*, much: bool = False) -> Paper:
    """A signed credential in words. much: with long names and many entries."""
    school = _MUCH["school"] if much else _ABOUT["school"]
    name = LONG_NAME if much else _ABOUT["name"]
    row = [LONG_WORD[:30], _long_course(1).name, "竞赛", "72", "3", "100"] if much else [
        "2023-2024-1", "语文(基础模块)", "课程", "72", "4", "86",
    ]  # fmt: skip
    content = {
        "school": school,
        "title": "成绩单",
        "facts": [("姓名", name), ("签发日期", "2026-07-01"), ("专业", "数控"), ("总学分", "7")],
        "tables": [
            {
                "title": "学分与成果",
                "columns": ["学期/日期", "名称", "类别", "学时", "学分", "成绩"],
                "rows": [row] * (80 if much else 2),
            }
        ],
        "notes": ["账本序号 42", "签名 z" + "5" * 88],
    }
    return Paper(
        kind=PaperKind.CREDENTIAL,
        number="hZ0n0eJv3Qw5mXk2bT8yAg",
        code="",
        link="https://xuefen.example/verify/hZ0n0eJv3Qw5mXk2bT8yAg",
        site="https://xuefen.example/verify",
        issued_on=date(2026, 7, 1),
        content=content,
    )


def advance_form(**fields: Any) -> AdvanceForm:
    given: dict[str, Any] = {
        **_ABOUT,
        "student_no": _IN_CLASS["student_no"],
        "class_name": _IN_CLASS["class_name"],
        "college": "济南职业学院",
        "agreement": "数控技术贯通培养",
        "document_no": "平职协〔2023〕2号",
        "attempt": 1,
        "conditions": (
            AdvanceCondition(
                name="职业技能证书", required="中级（四级）", actual="中级（四级）", met=True,
                evidence="数控车铣加工职业技能等级证书 中级（四级） 编号 Y000137001234254000017 "
                "2025-06-20 发证；数控车工 初级（五级） 编号 Y2 2024-06-20 发证（等级不够）",
            ),
            AdvanceCondition(
                name="体检", required="合格", actual="合格", met=True,
                evidence="合格 文号 平医检〔2025〕118号 2025-12-01",
            ),
        ),
        "scores": (
            AdvanceScore(name="课程平均", full_marks="100", weight="50", points="82.35"),
            AdvanceScore(name="专业技能测试", full_marks="100", weight="50", points="90"),
        ),
        "total": "86.18",
        "rank": "3",
        "notice": "2026年3月2日至2026年3月6日，异议至2026年3月13日",
        "conclusion": "拟录取",
        "opinions": (
            Opinion(
                office="中职（平阳县职业中等专业学校）", answer="报送对接院校",
                document_no="平职报〔2026〕1号", given_on=date(2026, 3, 16),
            ),
            Opinion(office="对接院校（济南职业学院）"),
        ),
    }  # fmt: skip
    return AdvanceForm(**given | fields)


def usual() -> dict[str, PaperContent]:
    """One of each, by the name of the picture."""
    return {
        "status-certificate": status_certificate(),
        "change-form": change_form(),
        "change-form-major": change_form(
            kind="转专业",
            facts=(("理由", "身体原因"), ("转入专业", "机电技术应用"), ("转入班级", "24机电1班")),
        ),
        "transfer-form": transfer_form(),
        "recognition-form": recognition_form(),
        "advance-form": advance_form(),
        **study_papers.usual(),
    }


def extreme() -> dict[str, PaperContent]:
    """The same with long names, three guardians, thirty courses and all that offices could say."""
    said = tuple(
        Opinion(
            office=f"{office}及其授权的学籍学历管理机构",
            answer="不同意",
            words="理由" * 90 + LONG_WORD[:20],
            document_no="平阳教体职成学籍〔2026〕" + LONG_WORD[:40] + "号",
            given_by=LONG_NAME,
            given_on=date(2026, 12, 31),
        )
        for office in ("转出学校", "转入学校", "转出主管部门", "转入主管部门")
    )
    place = Place(
        school=_MUCH["school"], major=_IN_LONG_CLASS["major"], grade="2024级",
        class_name=_IN_LONG_CLASS["class_name"],
    )  # fmt: skip
    return {
        "status-certificate": StatusCertificate(
            **_MUCH, **_IN_LONG_CLASS, entry_year=2024, years=5, status="保留入学资格",
            valid_until=date(2026, 12, 31),
        ),
        "change-form": change_form(
            **_MUCH, **_IN_LONG_CLASS,
            facts=(("原因", LONG_WORD), ("说明", "说明" * 100), ("转入", place.major)),
            proofs=tuple(f"{LONG_WORD} 县人民医院{'分院' * 30}" for _ in range(4)),
            opinions=said,
        ),
        "transfer-form": transfer_form(
            **_MUCH, origin=place, target=place, reason="理由" * 100 + LONG_WORD,
            guardians=tuple(
                Guardian(name=LONG_NAME, relation="受委托的其他监护人", phone="+86 138-0000-0000")
                for _ in range(3)
            ),
            attachments=tuple(f"附件{LONG_WORD}" for _ in range(6)),
            opinions=said,
        ),
        "recognition-form": recognition_form(
            **_MUCH, **_IN_LONG_CLASS, courses=tuple(map(_long_course, range(30))), total="120",
            documents=tuple(LONG_WORD * 3 for _ in range(4)), opinions=said,
        ),
        "advance-form": advance_form(
            **_MUCH, college=_MUCH["school"], agreement=LONG_WORD, document_no=LONG_WORD,
            student_no=_IN_LONG_CLASS["student_no"], class_name=_IN_LONG_CLASS["class_name"],
            conditions=tuple(
                AdvanceCondition(
                    name=f"{LONG_WORD}课程", required=LONG_WORD, actual=f"未通过：{'制图、' * 30}",
                    met=False, evidence="成绩单",
                )
                for _ in range(12)
            ),
            opinions=said[:2],
        ),
        **study_papers.extreme(_MUCH, _IN_LONG_CLASS),
        **{f"empty {name}": made for name, made in study_papers.empty().items()},
    }  # fmt: skip


def paper(content: PaperContent, *, serial: int = 12) -> Paper:
    """As it is printed."""
    token = "hZ0n0eJv3Qw5mXk2bT8yAg"
    return Paper(
        kind=KIND_OF[type(content)],
        number=f"3637010001-2026-1-{serial:05}-7",
        code="7K3M-Q9XD",
        link=f"https://xuefen.example/verify/{token}",
        site="https://xuefen.example/verify",
        issued_on=date(2026, 3, 2),
        content=document_of(content),
    )
