"""What a check of the whole database may find wrong, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from creditbank.domain.errors import Message


class DamageKind(StrEnum):
    """What is wrong."""

    CONTENT = "content"
    HASH = "hash"
    LINK = "link"
    GAP = "gap"
    HEAD = "head"
    SUM = "sum"
    NO_LEAF = "no_leaf"
    NO_ENTRY = "no_entry"
    MARK = "mark"
    LEAF = "leaf"
    NODE = "node"
    MISSING_TAIL = "missing_tail"
    NOTE = "note"
    SIGNATURE = "signature"
    ROOT = "root"
    HELD = "held"
    HELD_TAIL = "held_tail"
    KEY = "key"
    SEAL = "seal"
    NO_SEAL = "no_seal"
    NO_VERDICT = "no_verdict"
    STANDING = "standing"
    BEHIND = "behind"
    REPLAY = "replay"
    RECOMPUTED = "recomputed"
    PIN = "pin"
    DOCUMENT = "document"
    NAMED_ENTRY = "named_entry"
    STATUS = "status"
    SHOWN = "shown"
    BASIS = "basis"
    STEP = "step"
    ORDER = "order"
    TWICE = "twice"
    LATE = "late"
    RULE = "rule"

    # That of text, which it equals; an enumeration's own is a function in Python.
    __hash__ = str.__hash__


MESSAGES = {
    DamageKind.CONTENT: Message("内容与其哈希不符", "the content is not what its hash was made of"),
    DamageKind.HASH: Message("哈希被改动", "the hash was changed"),
    DamageKind.LINK: Message("与前一条记录不相连", "it does not follow the entry before it"),
    DamageKind.GAP: Message("序号不连续,有记录缺失", "numbers are missing before it"),
    DamageKind.HEAD: Message("与账本末条不符", "it is not where the entries end"),
    DamageKind.SUM: Message("成对记录之和不为零", "what belongs together is not zero in sum"),
    DamageKind.NO_LEAF: Message("本应在树中,却没有", "it should be in the tree and is not"),
    DamageKind.NO_ENTRY: Message("树中有,账本中没有", "the tree has it, the ledger has not"),
    DamageKind.MARK: Message("与树中的记录数不符", "it is not how many entries the tree has"),
    DamageKind.LEAF: Message("叶与记录不符", "the leaf is not that of its entry"),
    DamageKind.NODE: Message("节点与其下的叶不符", "the node is not that of the leaves below it"),
    DamageKind.MISSING_TAIL: Message("检查点之前的末段缺失", "the tail below a checkpoint is gone"),
    DamageKind.NOTE: Message("检查点各列与其文本不符", "the columns don't say what the note says"),
    DamageKind.SIGNATURE: Message("签名不成立", "the signature does not hold"),
    DamageKind.ROOT: Message("检查点的根与叶不符", "the root is not that of the leaves"),
    DamageKind.HELD: Message("与外部持有的检查点不符", "the tree is not that of a held checkpoint"),
    DamageKind.HELD_TAIL: Message(
        "外部检查点所含的末段缺失", "the tail below a held checkpoint is gone"
    ),
    DamageKind.KEY: Message("密钥与其编号不符,或找不到", "the key is gone or not that of its id"),
    DamageKind.SEAL: Message("结论行与其封签不符", "the row is not what was sealed"),
    DamageKind.NO_SEAL: Message("没有封签", "it has no seal"),
    DamageKind.NO_VERDICT: Message("所指的结论不存在", "there is no such verdict"),
    DamageKind.STANDING: Message("与所指的结论不符", "it is not what its verdict says"),
    DamageKind.BEHIND: Message("与账本位置不符,且无待算标记", "it is not where the books are"),
    DamageKind.REPLAY: Message("复算结果不同", "a replay finds something else"),
    DamageKind.RECOMPUTED: Message("现行结论重算结果不同", "computed again it is something else"),
    DamageKind.PIN: Message("存档内容与其哈希不符", "the pinned content is not that of its hash"),
    DamageKind.DOCUMENT: Message(
        "各列与签名的内容不符", "the columns don't say what the signed text says"
    ),
    DamageKind.NAMED_ENTRY: Message(
        "所列记录与账本不符", "the ledger does not have the entries that it names"
    ),
    DamageKind.STATUS: Message(
        "状态列表与终止记录不符", "the status list is not that of what has ended"
    ),
    DamageKind.SHOWN: Message(
        "与最近的授权记录不符", "colleges are shown something else than the consents say"
    ),
    DamageKind.BASIS: Message("所依据的结论不支持它", "it does not follow from what it rests on"),
    DamageKind.STEP: Message("不能接在此前各步之后", "it cannot follow on the steps before it"),
    DamageKind.ORDER: Message("早于前一版本", "it reaches back before the one it follows"),
    DamageKind.TWICE: Message("同一证明入账不止一次", "the same evidence is booked more than once"),
    DamageKind.LATE: Message("早于开始或晚于失效", "it lies before the beginning or after the end"),
    DamageKind.RULE: Message("与当时施行的规定不符", "it is not what the rule of its day says"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Damage:
    """One thing that is wrong. key: which row, as "learner_id=3 ledger_seq=7"; field: if known."""

    table: str
    key: str
    kind: DamageKind
    field: str = ""

    @property
    def message(self) -> Message:
        """What is wrong with it."""
        return MESSAGES[self.kind]

    def __str__(self) -> str:
        field = f" {self.field}" if self.field else ""
        return f"{self.table} {self.key}{field}: {self.message.zh} {self.message.en}"
