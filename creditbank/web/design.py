"""界面规范: what pages are put together from, shown with the very files that the pages use."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from creditbank.domain.access import declares
from creditbank.domain.permissions import Action
from creditbank.web.languages import gettext as _
from creditbank.web.pages import pages


@dataclass(frozen=True, slots=True)
class Swatch:
    """A colour by the name of its token, and what it is for."""

    token: str
    use: str


@pages.get("/design")
@declares(Action.SEE_HOME)
def design() -> str:
    """Tokens, type, parts and states on one page."""
    return render_template(
        "design.html",
        grounds=_grounds(),
        inks=_inks(),
        scale=("2xl", "xl", "l", "m", "s", "xs"),
        tones=_tones(),
        words=_words(),
    )


def _grounds() -> tuple[Swatch, ...]:
    return (
        Swatch("page", _("页面底色")),
        Swatch("surface", _("卡片、表格、输入框")),
        Swatch("sunken", _("凹下的区域、悬停的行")),
        Swatch("accent-soft", _("当前所在、建议")),
        Swatch("good-soft", _("达标的提示")),
        Swatch("warn-soft", _("需要留意的提示")),
        Swatch("bad-soft", _("错误的提示")),
        Swatch("other-soft", _("替代、待查的标记")),
    )


def _inks() -> tuple[Swatch, ...]:
    return (
        Swatch("ink", _("正文")),
        Swatch("muted", _("说明、表头")),
        Swatch("accent", _("链接、主按钮、进度")),
        Swatch("good", _("达标、通过")),
        Swatch("warn", _("未达标但还能补")),
        Swatch("bad", _("错误、不可逆")),
        Swatch("other", _("替代、另计")),
        Swatch("line-strong", _("输入框的边")),
    )


def _tones() -> tuple[tuple[str, str], ...]:
    return (
        ("good", _("可毕业")),
        ("progress", _("进度正常")),
        ("warn", _("未达标")),
        ("bad", _("已作废")),
        ("other", _("待查")),
        ("neutral", _("未开始")),
    )


def _words() -> tuple[tuple[str, str, str], ...]:
    """A word that pages use, what they do not say for it, and where the line is."""
    return (
        (_("入账"), _("提交、保存"), _("学分进入账本；草稿才叫“保存”。")),
        (_("冲销"), _("删除、撤销"), _("账本只增不改，错了以一笔相反的账更正。")),
        (_("登记"), _("录入"), _("事实（处分、实习鉴定）登记，成绩录入。")),
        (_("签发"), _("生成、打印"), _("有编号、可查验的证明才叫签发。")),
        (_("退回"), _("拒绝、驳回"), _("改过还能再报；不能再报的叫“不予认定”。")),
        (_("学分"), _("分"), _("“分”只用于考试成绩。")),
    )
