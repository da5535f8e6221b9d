"""Why a policy key cannot have a value: in the words of who typed it."""

from __future__ import annotations

from creditbank.domain.academic_progress import RED_SHARE, YELLOW_SHARE, is_share
from creditbank.domain.calendar import is_month_day
from creditbank.domain.errors import Message
from creditbank.domain.policies import PolicyScalar
from creditbank.domain.policy_keys import value_text
from creditbank.domain.policy_kinds import OFFICES, WEBHOOK_WAITS, Measure, PolicyKey
from creditbank.domain.status_changes import AUTHORITIES, Office
from creditbank.domain.webhooks import is_waits


def _wrong_words(key: PolicyKey, value: PolicyScalar) -> Message | None:
    words = ", ".join(key.choices)
    if key.measure is Measure.CHOICE:
        wrong = Message(f"应为以下之一:{words}。", f"This must be one of {words}.")
        return None if value in key.choices else wrong
    named = value.split() if isinstance(value, str) else []
    if named and len(set(named)) == len(named) and set(named) <= {*key.choices}:
        return _wrong_route(key, {*named})
    return Message(
        f"应为以下各项中的一项或几项,用空格分开,不重复:{words}。",
        f"One or several of these, separated by spaces, none twice: {words}.",
    )


def _wrong_route(key: PolicyKey, named: set[str]) -> Message | None:
    """A transfer is answered by the receiving school and by the bureau, whoever else is asked."""
    is_transfer = key.key.startswith(f"{OFFICES}transfer_")
    return _ROUTE if is_transfer and not (named >= _RECEIVING and named & AUTHORITIES) else None


def _wrong_text(key: PolicyKey, value: PolicyScalar) -> Message | None:
    text = value if isinstance(value, str) else ""
    if key.measure is Measure.MONTH_DAY:
        return None if is_month_day(text) else _NO_DAY
    if key.key == WEBHOOK_WAITS and not is_waits(text):
        return _WAITS
    if key.key in {YELLOW_SHARE, RED_SHARE}:
        return None if is_share(text) else _SHARE
    return None if 0 < len(text.strip()) <= _TEXT_MAX else _TEXT


def what_is_wrong(key: PolicyKey, value: PolicyScalar) -> Message | None:
    """Why a key cannot have this value; None if it can."""
    if key.measure is Measure.FLAG:
        return None if isinstance(value, bool) else _FLAG
    if key.measure in {Measure.TEXT, Measure.MONTH_DAY}:
        return _wrong_text(key, value)
    if key.choices:
        return _wrong_words(key, value)
    if isinstance(value, int) and not isinstance(value, bool) and key.low <= value <= key.high:
        return None
    low, high = value_text(key, key.low), value_text(key, key.high)
    if key.is_decimal:
        return Message(
            f"应为{low}到{high},最多两位小数。", f"From {low} to {high}, with two decimals at most."
        )
    return Message(f"应为{low}到{high}的整数。", f"A whole number from {low} to {high}.")


_TEXT_MAX = 100
_RECEIVING = {Office.RECEIVING_REGISTRAR, Office.RECEIVING_PRINCIPAL}
_ROUTE = Message(
    "转学须有转入学校教务、转入学校校长和主管部门审批"
    "(receiving_registrar, receiving_principal, 以及 county, authority_out 或 authority_in)。",
    "A transfer is answered by registrar and principal of the receiving school and by the bureau"
    " (receiving_registrar, receiving_principal, and county, authority_out or authority_in).",
)
_FLAG = Message("应为“是”或“否”。", "This must be true or false.")
_NO_DAY = Message(
    "应为每年都有的月和日,如 11-20。", "This must be a day of every year, such as 11-20."
)
_TEXT = Message("应为1-100字的文字。", "This must be text of 1 to 100 characters.")
_SHARE = Message("应为不大于1的分数,如 2/3。", "This must be a fraction of at most 1, such as 2/3.")
_WAITS = Message(
    "应为1至20个秒数(每个不超过6位),用空格分开。",
    "This must be 1 to 20 numbers of seconds, of 6 digits at most, separated by spaces.",
)
