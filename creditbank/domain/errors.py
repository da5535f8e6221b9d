"""What can go wrong, as plain classes with a code. The HTTP status lives in one table in the api.

A message says what is wrong, why, and what to do, in both languages; it never holds personal data.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in the input: where (row from 1, field or column) and what to do about it.

    Of a text, row is the line and column the sign in it, both from 1. Of a rule of the policy, code
    is its id and reference what it rests on.
    """

    code: str
    message: Message
    field: str = ""
    row: int | None = None
    column: int | None = None
    reference: str = ""


Path = tuple[str | int, ...]
"""A place in a document: field names, and positions from 0."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a document; a warning does not keep it from being used.

    line, column: from 1, where the document is a text; 0 where it is none. field: the path as it
    is written.
    """

    path: Path
    code: str
    message: Message
    is_warning: bool = False
    line: int = 0
    column: int = 0

    @property
    def field(self) -> str:
        """Such as blocks.0.credits_min; "" for the whole document."""
        return ".".join(map(str, self.path))

    @property
    def located(self) -> Message:
        """The message with its place before it."""
        if not self.line:
            return self.message
        at = f" {self.field}" if self.path else ""
        return Message(
            f"第{self.line}行第{self.column}列{at}:{self.message.zh}",
            f"Line {self.line}, column {self.column}{',' if at else ''}{at}: {self.message.en}",
        )


class CreditbankError(Exception):
    """Base of everything the domain refuses."""

    code = "error"

    def __init__(self, message: Message, *, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message.en)
        self.message = message
        self.problems = problems


class InvalidInputError(CreditbankError):
    """The content is understood and wrong; problems name field and remedy."""

    code = "invalid_input"


def refused(problem: Problem) -> InvalidInputError:
    """The error for input with one fault."""
    return InvalidInputError(problem.message, problems=(problem,))


class NotFoundError(CreditbankError):
    """There is no such thing, or the actor may not know that there is."""

    code = "not_found"

    def __init__(self, message: Message | None = None) -> None:
        super().__init__(
            message or Message("没有找到,或您无权查看。", "Not found, or not yours to see.")
        )


class ForbiddenError(CreditbankError):
    """The actor's role does not hold this action at all."""

    code = "forbidden"

    def __init__(self, message: Message | None = None) -> None:
        super().__init__(
            message or Message("您的角色不能进行此操作。", "Your role may not do this.")
        )


class SignedOutError(CreditbankError):
    """Nobody is signed in."""

    code = "signed_out"

    def __init__(self) -> None:
        super().__init__(Message("请先登录。", "Please sign in first."))


class CallRefusedError(CreditbankError):
    """A signed call that is not taken, whatever is wrong with it: who guesses learns nothing."""

    code = "call_refused"

    def __init__(self) -> None:
        super().__init__(
            Message(
                "签名未被接受:请核对密钥及其权限和有效期、签名内容、时间(误差5分钟以内)和随机数(只用一次)。",
                "The signature is not taken: check the key, its scopes and expiry, what was signed,"
                " the time (within five minutes) and the nonce (used once).",
            )
        )


class AlreadyBookedError(CreditbankError):
    """The same evidence is in the ledger already."""

    code = "already_booked"


class AlreadyRegisteredError(CreditbankError):
    """The person, the number or the enrolment is known already."""

    code = "already_registered"


class IdempotencyKeyMissingError(CreditbankError):
    """A write came without its key."""

    code = "idempotency_key_missing"


class IdempotencyKeyReusedError(CreditbankError):
    """The key was used for other content."""

    code = "idempotency_key_reused"


class BusyError(CreditbankError):
    """Another request holds the lock for longer than the time-out; nothing was done; try again."""

    code = "busy"


class TooManyCallsError(CreditbankError):
    """Nothing was looked at. retry_after: seconds until it is again."""

    code = "too_many_calls"

    def __init__(self, message: Message, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EvaluationQuarantinedError(CreditbankError):
    """The learner's verdict could not be computed; the old one must not be shown as current."""

    code = "evaluation_quarantined"
