"""Names of kinds, stages and moves of claims on screens, and reasons that offices often give."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import LazyString

from creditbank.domain.claim_clashes import ClashKind
from creditbank.domain.claims import ClaimKind, ClaimMoveKind, ClaimStage, QueueState
from creditbank.web.languages import lazy_gettext as _l

CLAIM_NAMES: Mapping[type[StrEnum], Mapping[StrEnum, LazyString]] = {
    ClaimKind: {
        ClaimKind.AWARD: _l("竞赛获奖"),
        ClaimKind.CERTIFICATE: _l("职业证书"),
        ClaimKind.WORK: _l("专利与作品"),
        ClaimKind.PRACTICE: _l("社会实践"),
        ClaimKind.VOLUNTEERING: _l("志愿服务"),
    },
    ClaimStage: {
        ClaimStage.DRAFT: _l("草稿"),
        ClaimStage.SUBMITTED: _l("待初审"),
        ClaimStage.RETURNED: _l("退回补正"),
        ClaimStage.ACCEPTED: _l("待终审"),
        ClaimStage.NOTICE: _l("公示中"),
        ClaimStage.POSTED: _l("已入账"),
        ClaimStage.REJECTED: _l("不予认定"),
        ClaimStage.WITHDRAWN: _l("已撤回"),
    },
    ClaimMoveKind: {
        ClaimMoveKind.SUBMIT: _l("提交申报"),
        ClaimMoveKind.WITHDRAW: _l("撤回申报"),
        ClaimMoveKind.ACCEPT: _l("教务科初审通过"),
        ClaimMoveKind.RETURN: _l("退回补正"),
        ClaimMoveKind.REJECT: _l("不予认定"),
        ClaimMoveKind.CONFIRM: _l("终审通过，开始公示"),
        ClaimMoveKind.OBJECT: _l("有人提出异议"),
        ClaimMoveKind.DISMISS: _l("异议不成立"),
        ClaimMoveKind.UPHOLD: _l("异议成立，不予认定"),
        ClaimMoveKind.POST: _l("学分已入账"),
        ClaimMoveKind.BOUNCE: _l("入账受阻，退回初审"),
    },
    ClashKind: {
        ClashKind.NUMBER: _l("证书编号相同"),
        ClashKind.FILE: _l("证明文件相同"),
        ClashKind.EVENT: _l("同一竞赛"),
        ClashKind.BOOKED: _l("已经入账"),
    },
    QueueState: {
        QueueState.WAITING: _l("待初审"),
        QueueState.BOUNCED: _l("入账受阻"),
        QueueState.RETURNED: _l("待学生补正"),
    },
}
TONES: Mapping[ClaimStage, str] = {
    ClaimStage.DRAFT: "neutral",
    ClaimStage.SUBMITTED: "progress",
    ClaimStage.RETURNED: "warn",
    ClaimStage.ACCEPTED: "progress",
    ClaimStage.NOTICE: "progress",
    ClaimStage.POSTED: "good",
    ClaimStage.REJECTED: "bad",
    ClaimStage.WITHDRAWN: "neutral",
}
ABOUT: Mapping[ClaimKind, LazyString] = {
    ClaimKind.AWARD: _l("技能大赛、文明风采、双创、科技竞赛"),
    ClaimKind.CERTIFICATE: _l("技能等级证书、1+X、普通话、计算机、英语"),
    ClaimKind.WORK: _l("专利、软著、论文、作品、创业、创新项目"),
    ClaimKind.PRACTICE: _l("有鉴定表的社会实践"),
    ClaimKind.VOLUNTEERING: _l("有时长证明的志愿服务"),
}
"""Examples of each kind, for the choice."""
PROOFS: Mapping[ClaimKind, LazyString] = {
    ClaimKind.AWARD: _l("获奖证书，如有获奖文件也一并上传"),
    ClaimKind.CERTIFICATE: _l("证书内页，编号须清楚"),
    ClaimKind.WORK: _l("授权证书、刊物页、营业执照或结题证书"),
    ClaimKind.PRACTICE: _l("盖章的社会实践鉴定表"),
    ClaimKind.VOLUNTEERING: _l("志愿服务时长证明"),
}
"""What is to be photographed."""
REASONS: tuple[LazyString, ...] = (
    _l("照片不清楚，请重拍"),
    _l("编号与照片不符"),
    _l("级别等级与证书不符"),
    _l("缺少证明材料"),
    _l("不是本人的证书"),
    _l("与另一份申报重复"),
)
"""Reasons that are often given; a click or a digit puts one down."""
