"""A signed credential in words, as it is set on paper: from its signed text alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from creditbank.domain.calendar import local_date
from creditbank.domain.papers import Paper, PaperKind
from creditbank.eligibility.condition_words import condition_name
from creditbank.store.credentials import KeptCredential

Facts = list[tuple[str, str]]
_ENTRY_KINDS = {
    "course": "课程", "competition": "竞赛", "innovation": "创新", "recognition": "认定",
    "substitution": "替代",
}  # fmt: skip
_MET = {True: "达标", False: "未达标"}
_RECORD_COLUMNS = ("学期/日期", "名称", "类别", "学时", "学分", "成绩")
_SIGNED = (
    "本页是电子凭证的可读形式，以带签名的电子文件为准；"
    "签名可离线核对，方法见学校或教育局公布的说明。"
)


def printed_credential(kept: KeptCredential) -> Paper:
    """As it is set, the same each time."""
    document = json.loads(kept.document)
    subject = document["credentialSubject"]
    state = document["evidence"][0]
    facts = _facts(document, subject, kept)
    content = {
        "school": document["issuer"]["name"],
        "title": document["name"],
        "facts": facts,
        "tables": _tables(subject),
        "notes": [
            "　".join(
                (
                    f"账本序号 {state['ledgerSeq']}",
                    f"方案 {state['plan']} 第{state['planVersion']}版",
                    f"规则 {state['policyVersion']}",
                    f"引擎 {state['engineVersion']}",
                    f"截至 {state['asOf']}",
                )
            ),
            f"输入摘要 {state['inputHash']}",
            *_checkpoint(state),
            f"签名 {document['proof']['proofValue']}",
            _SIGNED,
        ],
    }
    return Paper(
        kind=PaperKind.CREDENTIAL,
        number=kept.token,
        code="",
        link=document["id"],
        site=f"{kept.site}/verify",
        issued_on=local_date(kept.issued_at),
        content=content,
    )


def _checkpoint(state: Mapping[str, Any]) -> list[str]:
    """The tree's size and root; the note's other lines are signatures."""
    if "checkpoint" not in state:
        return ["账本检查点：签发时尚无"]
    _, size, root, *_ = state["checkpoint"].splitlines()
    return [f"账本检查点 {size} 项，树根 {root}"]


def _facts(
    document: Mapping[str, Any], subject: Mapping[str, Any], kept: KeptCredential
) -> list[tuple[str, str]]:
    """Label and value, an even number of them: two stand in each row."""
    named = subject.get("name") or subject["identifier"][0]["identityHash"]
    found: Facts = [("姓名", named), ("签发日期", local_date(kept.issued_at).isoformat())]
    for label, name in (
        ("专业", "major"), ("班级", "className"), ("总学分", "totalCredits"),
        ("平均绩点", "gradePointAverage"), ("结论", "outcomeName"), ("所差学分", "shortfall"),
        ("协议", "agreement"), ("对接院校", "college"), ("阶段", "stageName"),
    ):  # fmt: skip
        if subject.get(name):
            found.append((label, str(subject[name])))
    if "validUntil" in document:
        found.append(("有效至", str(document["validUntil"])[:10]))
    if len(found) % 2:
        found.append(("学校", document["issuer"]["name"]))
    return found


def _tables(subject: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    if subject.get("balances"):
        rows = [
            [_kind(item), item["booked"], item["counted"], item["surplus"]]
            for item in subject["balances"]
        ]
        found.append(_table("分类小计", ("类别", "已登记", "已计入", "结余"), rows))
    if subject.get("blocks"):
        rows = [
            [item["name"], item["required"], item["counted"], item["missing"]]
            for item in subject["blocks"]
        ]
        found.append(_table("模块", ("模块", "要求", "已得", "差额"), rows))
    if subject.get("conditions"):
        rows = [
            [item.get("name") or condition_name(item["code"], "zh"), _MET[item["met"]]]
            for item in subject["conditions"]
        ]
        found.append(_table("条件", ("条件", "结果"), rows))
    if subject.get("records"):
        rows = [_record(item) for item in subject["records"]]
        found.append(_table("学分与成果", _RECORD_COLUMNS, rows))
    if subject.get("verifiableCredential"):
        rows = [
            [part["name"], part["validFrom"][:10], part["id"].rpartition("/")[2]]
            for part in subject["verifiableCredential"]
        ]
        found.append(_table("所含凭证", ("凭证", "签发日期", "编号"), rows))
    return found


def _record(item: Mapping[str, Any]) -> list[str]:
    return [
        item.get("termCode") or item["earnedOn"],
        item["name"],
        _kind(item),
        str(item["hours"] or ""),
        item["credits"],
        item.get("mark", ""),
    ]


def _kind(item: Mapping[str, Any]) -> str:
    said = str(item["entryKind"])
    return _ENTRY_KINDS.get(said, said)


def _table(title: str, columns: Sequence[str], rows: list[list[str]]) -> dict[str, Any]:
    return {"title": title, "columns": list(columns), "rows": rows}
