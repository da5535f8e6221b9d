"""Files of signed credentials, checked for the command line: no database, no network."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from creditbank.credentials.data_integrity import DocumentFaultError, read_document
from creditbank.credentials.did_web import document_url
from creditbank.credentials.documents import TITLES
from creditbank.credentials.verifying import (
    CheckName,
    CheckResult,
    Verification,
    verify_credential,
)

REFUSED, UNUSABLE, INCOMPLETE = 1, 2, 3
FILE_BYTES_MAX = 8 * 1024 * 1024
_CHECKS = {
    CheckName.FORM: ("格式", "form"),
    CheckName.KEY: ("密钥", "key"),
    CheckName.PROOF: ("签名", "signature"),
    CheckName.DATES: ("有效期", "dates"),
    CheckName.STATUS: ("状态", "status"),
    CheckName.PARTS: ("所含凭证", "credentials in it"),
}
_RESULTS = {
    CheckResult.PASSED: ("通过", "passed"),
    CheckResult.FAILED: ("未通过", "FAILED"),
    CheckResult.UNCHECKED: ("未核对", "not checked"),
}
_VERDICTS = {
    0: ("核对通过。", "Accepted."),
    REFUSED: ("未通过,请勿采信。", "Refused: do not rely on it."),
    INCOMPLETE: ("未能全部核对,请勿采信。", "Not everything was checked: do not rely on it yet."),
}


def is_credential(content: str) -> bool:
    """Whether a text could be a signed credential."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and {"credentialSubject", "proof"} <= set(document)


def verify_file(
    file: Path,
    *,
    did_files: Sequence[Path],
    status_files: Sequence[Path],
    lang: str,
    as_json: bool,
) -> int:
    """Print what a check of the credential finds now; the exit code.

    0: accepted; 1: refused; 3: something could not be checked. A file that cannot be read ends
    the program with 2.
    """
    credential = _read(file, lang)
    found = verify_credential(
        credential,
        did_documents=[_read(item, lang) for item in did_files],
        status_lists=[_read(item, lang) for item in status_files],
        at=datetime.now(UTC),
    )
    code = 0 if found.is_accepted else REFUSED if found.is_refused else INCOMPLETE
    if as_json:
        click.echo(json.dumps(_as_document(found, code), ensure_ascii=False))
    else:
        for line in _sentences(credential, found, code, lang):
            click.echo(line)
    return code


def _read(file: Path, lang: str) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            # What is larger is cut off, and so is no JSON.
            return read_document(opened.read(FILE_BYTES_MAX))
    except (DocumentFaultError, OSError):
        said = (
            f"{file.name}:不是可读的 JSON 文件,或内容有歧义(重复的名称、小数)。",
            f"{file.name}: no JSON that can be read, or it can be read in two ways.",
        )
        click.echo(_of(said, lang), err=True)
        sys.exit(UNUSABLE)


def _sentences(
    credential: dict[str, Any], found: Verification, code: int, lang: str
) -> Iterator[str]:
    if found.kind is not None:
        issuer = credential["issuer"]
        school = issuer.get("name", "") if isinstance(issuer, dict) else str(issuer)
        yield f"{TITLES[found.kind]} · {school}"
    for check in found.checks:
        result, name = _of(_RESULTS[check.result], lang), _of(_CHECKS[check.name], lang)
        yield f"  [{result}] {name}:{getattr(check.message, lang)}"
        if check.name is CheckName.KEY and check.result is CheckResult.UNCHECKED:
            yield from _where_keys_are(credential, lang)
    yield _of(_VERDICTS[code], lang)


def _where_keys_are(credential: dict[str, Any], lang: str) -> Iterator[str]:
    issuer = credential["issuer"]
    address = document_url(issuer["id"] if isinstance(issuer, dict) else issuer)
    if address is not None:
        said = (
            f"    请从 {address} 下载后用 --did 指定。",
            f"    Fetch {address}, give it by --did.",
        )
        yield _of(said, lang)


def _as_document(found: Verification, code: int) -> dict[str, Any]:
    return {
        "verdict": {0: "accepted", REFUSED: "refused", INCOMPLETE: "incomplete"}[code],
        "kind": found.kind,
        "checks": [
            {
                "name": check.name,
                "result": check.result,
                "zh": check.message.zh,
                "en": check.message.en,
            }
            for check in found.checks
        ],
    }


def _of(said: tuple[str, str], lang: str) -> str:
    return said[0 if lang == "zh" else 1]
