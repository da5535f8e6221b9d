"""Commands that work on files alone: no database, no broker, no web."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TextIO

import click

from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Fault
from creditbank.store.documents import DocumentError
from creditbank.store.policy_files import PolicyFileError

SOME_LINES_FAILED, UNUSABLE = 1, 2
_LANGUAGE = click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="语言。 Language of sentences and faults.",
)
_POLICY = click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="学校的政策值。 Values of one's own, over those that ship.",
)
_AS_OF = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="判定日期,默认今天。 The day to decide for; today unless given.",
)


@click.command()
@click.option("--plan", required=True, type=click.File(encoding="utf-8"), help="培养方案。 Plan.")
@click.option(
    "--records", required=True, type=click.File(encoding="utf-8"),
    help="学生记录;- 为标准输入,.jsonl 每行一名。 Records; - is stdin, .jsonl has one per line.",
)  # fmt: skip
@_POLICY
@_AS_OF
@click.option("--lines", is_flag=True, help="每行一名学生。 One learner per line, as in .jsonl.")
@click.option("--json", "as_json", is_flag=True, help="输出JSON。 Print JSON.")
@_LANGUAGE
def evaluate(  # noqa: PLR0913, PLR0917 (one for each option)
    plan: TextIO,
    records: TextIO,
    policy: Path | None,
    as_of: datetime | None,
    lines: bool,  # noqa: FBT001 (click hands flags over like this)
    as_json: bool,  # noqa: FBT001
    lang: str,
) -> None:
    """按方案判定毕业资格。 Decide who can graduate under a plan, from files alone.

    Exit code 0: all were decided; 1: some lines were not, the others were; 2: nothing could be.
    """
    from creditbank import evaluating  # noqa: PLC0415 (half a second that --help should not pay)

    day = _day(as_of)
    try:
        rules = evaluating.policy_of(policy, day)
        document = evaluating.plan_of(plan.read(), rules)
        _show_faults(document.faults, lang)
        if lines or records.name.endswith((".jsonl", ".ndjson")):
            found = evaluating.evaluate_lines(records, document, rules, day)
            sys.exit(_print_all(found, lang, as_json=as_json))
        _print(evaluating.evaluate_one(records.read(), document, rules, day), lang, as_json)
    except DocumentError as error:
        _show_faults(error.faults, lang)
        sys.exit(UNUSABLE)
    except (PolicyFileError, UnicodeDecodeError) as error:
        click.echo(str(error), err=True)
        sys.exit(UNUSABLE)


@click.command("check-plan")
@click.argument("file", type=click.File(encoding="utf-8"))
@_POLICY
@_AS_OF
@_LANGUAGE
def check_plan(file: TextIO, policy: Path | None, as_of: datetime | None, lang: str) -> None:
    """检查培养方案文件。 Check a plan: line, column and clause of whatever is wrong with it."""
    from creditbank import evaluating  # noqa: PLC0415 (as above)
    from creditbank.store.plan_documents import read_plan  # noqa: PLC0415 (as above)

    try:
        document = read_plan(file.read(), evaluating.policy_of(policy, _day(as_of)))
    except DocumentError as error:
        _show_faults(error.faults, lang)
        sys.exit(UNUSABLE)
    except (PolicyFileError, UnicodeDecodeError) as error:
        click.echo(str(error), err=True)
        sys.exit(UNUSABLE)
    _show_faults(document.faults, lang)
    if not document.is_usable:
        sys.exit(UNUSABLE)
    name = document.plan.name
    click.echo(f"{name}:可以使用。" if lang == "zh" else f"{name}: it can be used.")


@click.command("check-policy")
@click.argument("file", type=click.File(encoding="utf-8"))
@_LANGUAGE
def check_policy(file: TextIO, lang: str) -> None:
    """检查学校的政策文件。 Check a policy file: place and clause of what is wrong."""
    from creditbank.store import policy_checks  # noqa: PLC0415 (as above)

    try:
        faults = policy_checks.check_policy(file.read())
    except DocumentError as error:
        faults = tuple(error.faults)
    except UnicodeDecodeError as error:
        click.echo(str(error), err=True)
        sys.exit(UNUSABLE)
    _show_faults(faults, lang)
    if faults:
        sys.exit(UNUSABLE)
    click.echo("可以使用。" if lang == "zh" else "It can be used.")


@click.command()
@click.argument("name", type=click.Choice(["plan", "records", "policy", "verdict", "county"]))
def schema(name: str) -> None:
    """输出文件格式(JSON Schema)。 Print the JSON Schema of a kind of file."""
    from creditbank import evaluating  # noqa: PLC0415 (as above)

    text = json.dumps(evaluating.SCHEMAS[name](), ensure_ascii=False, indent=1, sort_keys=True)
    click.echo(text)


def _day(given: datetime | None) -> date:
    return local_date(datetime.now(UTC)) if given is None else given.date()


def _print_all(found: Iterable[Any], lang: str, *, as_json: bool) -> int:
    code = 0
    for item in found:
        if isinstance(item, DocumentError):
            code = SOME_LINES_FAILED
            _show_faults(item.faults, lang)
            if as_json:
                click.echo(json.dumps(_faults_document(item.faults), ensure_ascii=False))
        else:
            _print(item, lang, as_json)
    return code


def _print(item: Any, lang: str, as_json: bool) -> None:  # noqa: ANN401, FBT001
    if as_json:
        click.echo(json.dumps(item.document, ensure_ascii=False))
    else:
        click.echo(f"{item.document['learner']}")
        for sentence in item.document["sentences"][lang]:
            click.echo(f"  {sentence}")


def _faults_document(faults: Sequence[Fault]) -> dict[str, Any]:
    return {
        "format": "creditbank-faults/1",
        "faults": [
            {
                "line": fault.path[0],
                "path": list(fault.path[1:]),
                "code": fault.code,
                "zh": fault.message.zh,
                "en": fault.message.en,
            }
            for fault in faults
        ],
    }


def _show_faults(faults: Iterable[Fault], lang: str) -> None:
    for fault in faults:
        kind = ("提醒" if fault.is_warning else "错误") if lang == "zh" else (
            "warning" if fault.is_warning else "error"
        )  # fmt: skip
        click.echo(f"{kind} {fault.code} {getattr(fault.located, lang)}", err=True)
