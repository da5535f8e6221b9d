"""The task that ends credentials whose content no longer holds, and signs the status lists."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog

from creditbank.services.credential_truth import check_credentials
from creditbank.settings import Settings
from workers.app import app
from workers.database import open_unit

log = structlog.get_logger()


@app.task(name="check_credentials")
def check_credentials_task() -> None:
    """One round."""
    settings = Settings.from_environment()
    report = check_credentials(open_unit, secret_key=settings.secret_key, now=datetime.now(UTC))
    if report.ended:
        log.info("credentials_corrected", count=len(report.ended))
    if report.failed:
        log.warning("credentials_not_checked", issued_credential_ids=report.failed)
    for institution_id, error in report.unsigned:  # the next round tries again
        log.warning("status_list_not_signed", institution_id=institution_id, error=error)
