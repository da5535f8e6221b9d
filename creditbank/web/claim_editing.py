"""The form of a claim: chosen by kind, kept as a draft with its files, handed in.

Files are kept with the first sending, also where something else is missing: nothing is chosen or
photographed twice.
"""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from creditbank.domain.access import declares
from creditbank.domain.awards import AwardLevel, AwardRank, CertificateLevel, TeamRole
from creditbank.domain.claim_files import FILE_BYTES_MAX, FILES_MAX, PAGES_MAX, EvidenceFile
from creditbank.domain.claims import CATEGORIES, ClaimContent, ClaimKind, ClaimMoveKind
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import BusyError, InvalidInputError, Problem
from creditbank.domain.permissions import Action
from creditbank.exchange.evidence_files import read_evidence_file
from creditbank.exchange.evidence_refusals import EvidenceRefusal, refusal_message
from creditbank.services import claims as service
from creditbank.services.claim_commands import (
    AddEvidence,
    ClaimReceipt,
    MoveClaim,
    OpenClaim,
    RemoveEvidence,
    RestateClaim,
)
from creditbank.services.visible_claims import ClaimView, view_claim
from creditbank.store.claim_values import table_value
from creditbank.store.idempotency import part_key
from creditbank.store.learner_keys import learner_key
from creditbank.web.claim_forms import (
    FIELDS,
    NAMES,
    empty_form,
    filled_form,
    read_content,
    sent_form,
)
from creditbank.web.claim_labels import ABOUT, PROOFS
from creditbank.web.claim_views import number_label, pictures_of, warnings_of
from creditbank.web.claims import CLAIM
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.labels import choices, name_of
from creditbank.web.languages import typeset
from creditbank.web.pages import LEARNER, pages
from creditbank.web.visits import actor, allowed, now, today, unit_of_work

_UNPROCESSABLE = 422
_MEGABYTES = FILE_BYTES_MAX // 1024 // 1024
_DIGITS_MAX = 15


@pages.get(f"{LEARNER}/claims/new")
@declares(Action.HAND_IN_CLAIM)
def new_claim(learner_id: int) -> str:
    """The choice of a kind, then its form."""
    with unit_of_work() as uow:
        allowed(uow, Action.HAND_IN_CLAIM, learner_id)
    kind = _kind(request.args.get("kind", ""))
    if kind is None:
        kinds = [(item.value, name_of(item), ABOUT[item]) for item in ClaimKind]
        return render_template("claim_kinds.html", learner_id=learner_id, kinds=kinds)
    return _form_page(learner_id, empty_form(kind), kind)


@pages.post(f"{LEARNER}/claims/value")
@declares(Action.HAND_IN_CLAIM)
def claim_value(learner_id: int) -> str:
    """What the table has for what the form says so far."""
    kind = _kind(request.form.get("kind", "")) or ClaimKind.AWARD
    content, _problems = read_content(kind, sent_form(kind, request.form))
    with unit_of_work() as uow:
        allowed(uow, Action.HAND_IN_CLAIM, learner_id)
    return render_template("parts/claim_value.html", **_worth(learner_id, content))


@pages.post(f"{LEARNER}/claims")
@declares(Action.HAND_IN_CLAIM)
def begin_claim(learner_id: int) -> BaseResponse | tuple[str, int]:
    """Keep a new claim with its files, and hand it in where that is asked."""
    kind = _kind(request.form.get("kind", ""))
    with unit_of_work() as uow:
        allowed(uow, Action.HAND_IN_CLAIM, learner_id)
    if kind is None:
        raise NotFound
    form = sent_form(kind, request.form)
    content, problems = read_content(kind, form)
    try:
        with unit_of_work() as uow:
            command = OpenClaim(learner_id=learner_id, content=content)
            made = service.open_claim(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        refused = form.with_problems(refusal_problems(error), NAMES)
        return _form_page(learner_id, refused, kind), _UNPROCESSABLE
    return _go_on(made.claim_id, form, problems)


@pages.get(f"{CLAIM}/edit")
@declares(Action.HAND_IN_CLAIM)
def edit_claim(claim_id: int) -> str | BaseResponse:
    """The form of a draft, or of what was returned; of anything else the claim itself."""
    with unit_of_work() as uow:
        view = view_claim(uow, actor(), claim_id, now=now(), action=Action.HAND_IN_CLAIM)
    if not view.standing.may_change:
        return redirect(url_for("web.claim", claim_id=claim_id))
    return _edit_page(view, filled_form(view.claim.content))


@pages.post(f"{CLAIM}/edit")
@declares(Action.HAND_IN_CLAIM)
def save_claim(claim_id: int) -> BaseResponse | tuple[str, int]:
    """Keep what was typed and the files; then hand in, take a file out, or delete the draft."""
    with unit_of_work() as uow:
        view = view_claim(uow, actor(), claim_id, now=now(), action=Action.HAND_IN_CLAIM)
    learner_id, kind = view.claim.learner_id, view.claim.content.kind
    if request.form.get("do") == "discard":
        with unit_of_work() as uow:
            service.discard_draft(uow, actor(), claim_id, now=now())
        return redirect(url_for("web.claims", learner_id=learner_id))
    form = sent_form(kind, request.form)
    content, problems = read_content(kind, form)
    try:
        with unit_of_work() as uow:
            command = RestateClaim(claim_id=claim_id, content=content)
            key = part_key(form.key, "state")
            service.restate_claim(uow, actor(), command, idempotency_key=key, now=now())
    except (InvalidInputError, BusyError) as error:
        return _edited(claim_id, form.with_problems(refusal_problems(error), NAMES))
    return _go_on(claim_id, form, problems)


def _go_on(
    claim_id: int, form: Form, problems: tuple[Problem, ...]
) -> BaseResponse | tuple[str, int]:
    """After the statement is kept: the files, then what was asked to be done."""
    problems += _keep_files(claim_id, form)
    do = request.form.get("do", "draft")
    if do.startswith("remove:"):
        problems += _remove(claim_id, form, do.partition(":")[2])
        return _edited(claim_id, form.with_problems(problems, NAMES), fine=not problems)
    if not problems and do == "submit":
        try:
            _submit(claim_id, form)
        except (InvalidInputError, BusyError) as error:
            problems = refusal_problems(error)
    if problems:
        return _edited(claim_id, form.with_problems(problems, NAMES))
    if do == "submit":
        return redirect(url_for("web.claim", claim_id=claim_id))
    return _edited(claim_id, form, fine=True)


def _submit(claim_id: int, form: Form) -> ClaimReceipt:
    command = MoveClaim(claim_id=claim_id, kind=ClaimMoveKind.SUBMIT)
    key = part_key(form.key, "submit")
    with unit_of_work() as uow:
        return service.move_claim(uow, actor(), command, idempotency_key=key, now=now())


def _keep_files(claim_id: int, form: Form) -> tuple[Problem, ...]:
    """Each file by itself: one that is not taken keeps none of the others away."""
    problems: tuple[Problem, ...] = ()
    for sent in request.files.getlist("files")[: FILES_MAX + 1]:
        content = sent.read()
        if not content and not sent.filename:
            continue
        try:
            evidence = read_evidence_file(content)
            _add(claim_id, form, evidence)
        except (InvalidInputError, BusyError) as error:
            problems += refusal_problems(error)
    return tuple(dict.fromkeys(problems))


def _add(claim_id: int, form: Form, evidence: EvidenceFile) -> None:
    command = AddEvidence(claim_id=claim_id, file_hash=evidence.file_hash)
    key = part_key(form.key, evidence.file_hash)
    with unit_of_work() as uow:
        service.add_evidence(uow, actor(), command, evidence, idempotency_key=key, now=now())


def _remove(claim_id: int, form: Form, number: str) -> tuple[Problem, ...]:
    if not number.isascii() or not number.isdigit() or len(number) > _DIGITS_MAX:
        raise NotFound
    command = RemoveEvidence(claim_id=claim_id, claim_file_id=int(number))
    try:
        with unit_of_work() as uow:
            key = part_key(form.key, "remove", number)
            service.remove_evidence(uow, actor(), command, idempotency_key=key, now=now())
    except (InvalidInputError, BusyError) as error:
        return refusal_problems(error)
    return ()


def _edited(claim_id: int, form: Form, *, fine: bool = False) -> BaseResponse | tuple[str, int]:
    """The form again: by another address where all is well, with its faults where it is not."""
    if fine:
        return redirect(url_for("web.edit_claim", claim_id=claim_id, saved=1))
    with unit_of_work() as uow:
        view = view_claim(uow, actor(), claim_id, now=now(), action=Action.HAND_IN_CLAIM)
    again = Form(
        kind=form.kind, values=form.values, problems=form.problems,
        fields=FIELDS[view.claim.content.kind],
    )  # fmt: skip
    return _edit_page(view, again), _UNPROCESSABLE


def _edit_page(view: ClaimView, form: Form) -> str:
    claim = view.claim
    return _form_page(
        claim.learner_id,
        form,
        claim.content.kind,
        claim_id=claim.claim_id,
        files=[item for item in pictures_of(view.files, claim.claim_id) if item.is_first],
        warnings=warnings_of(view) if not form.problems else (),
        reason=view.standing.reason,
        is_draft=not claim.moves,
        is_saved="saved" in request.args,
    )


def _form_page(learner_id: int, form: Form, kind: ClaimKind, **more: object) -> str:
    content, _problems = read_content(kind, form)
    offered = CATEGORIES[kind]
    return render_template(
        "claim_form.html",
        learner_id=learner_id,
        form=form,
        kind=kind.value,
        kind_name=name_of(kind),
        about=ABOUT[kind],
        proof=PROOFS[kind],
        number_label=number_label(kind),
        categories=[(item.value, name_of(item)) for item in offered],
        levels=choices(AwardLevel),
        ranks=choices(AwardRank),
        team_roles=choices(TeamRole),
        certificate_levels=[item for item in choices(CertificateLevel) if item[0]],
        today=today().isoformat(),
        files_max=FILES_MAX,
        megabytes=_MEGABYTES,
        pages_max=PAGES_MAX,
        heic=refusal_message(EvidenceRefusal.HEIC),
        **_worth(learner_id, content),
        **more,
    )


def _worth(learner_id: int, content: ClaimContent) -> dict[str, object]:
    """units: by the table, "" while too little is said."""
    with unit_of_work() as uow:
        key = learner_key(uow.connection, learner_id, as_of=today())
        school = min(key.institution_ids)
        value = table_value(uow.connection, school, content, today=today())
    if value is None:
        return {"worth": "", "worth_by": "", "is_worthless": False}
    return {
        "worth": credits_text(value.units),
        "worth_by": typeset("; ".join(dict.fromkeys(value.references))),
        "is_worthless": value.units == 0,
    }


def _kind(text: str) -> ClaimKind | None:
    try:
        return ClaimKind(text)
    except ValueError:
        return None
