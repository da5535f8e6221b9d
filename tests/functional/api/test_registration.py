"""Registering learners and recording facts through the API."""

from __future__ import annotations

from creditbank.domain.identifiers import check_character
from creditbank.domain.permissions import Role
from tests.factories.county import OTHER, OWN, SAME

ENROLMENT = {
    "student_no": "2025017001",
    "class_name": "25数控1班",
    "major_code": "660103",
    "catalogue_year": 2021,
    "entry_year": 2025,
    "entered_on": "2025-09-01",
}


def identity(serial: int) -> str:
    stem = f"37012420100315{serial:03d}"
    return stem + check_character(stem)


def person(serial: int, **changes):
    enrolment = ENROLMENT | {"student_no": f"2025017{serial:03d}"}
    return {"name": "欧阳娜娜", "citizen_id": identity(serial), "enrolment": enrolment} | changes


def faults(response):
    return {(item["field"], item["code"]) for item in response.json["problems"]}


def test_a_learner_is_registered_found_and_judged(ask):
    made = ask(Role.REGISTRAR, "POST", "/learners", person(1))
    assert made.status_code == 201
    assert set(made.json) == {"learner_id", "account_no", "enrolment_id", "warnings"}
    found = ask(Role.REGISTRAR, "POST", "/learners/search", {"text": "oynn"}).json["items"]
    assert made.json["learner_id"] in [item["learner_id"] for item in found]
    verdicts = ask(Role.REGISTRAR, "GET", f"/learners/{made.json['learner_id']}/verdicts")
    assert verdicts.status_code == 200


def test_what_is_wrong_is_named_by_field_in_the_readers_language(ask):
    enrolment = ENROLMENT | {"student_no": "2025017002", "major_code": "999999"}
    wrong = person(2, sex="1", enrolment=enrolment)
    refused = ask(Role.REGISTRAR, "POST", "/learners", wrong, Accept_Language="en")
    assert refused.status_code == 422
    assert faults(refused) == {("sex", "sex_mismatch"), ("major_code", "unknown_major")}
    assert "identity number" in refused.json["problems"][0]["detail"] + str(refused.json)
    assert identity(2) not in refused.get_data(as_text=True)


def test_a_person_who_is_known_is_a_conflict_that_names_the_account(ask):
    made = ask(Role.REGISTRAR, "POST", "/learners", person(3)).json
    again = person(3) | {"enrolment": ENROLMENT | {"student_no": "2025017993"}}
    refused = ask(Role.REGISTRAR, "POST", "/learners", again)
    assert refused.status_code == 409
    assert refused.json["code"] == "already_registered"
    assert faults(refused) == {("account_no", "known_person")}
    assert made["account_no"] in refused.json["problems"][0]["detail"]


def test_a_person_with_an_account_is_enrolled_under_it(ask):
    made = ask(Role.REGISTRAR, "POST", "/learners", person(4, enrolment=None)).json
    assert made["enrolment_id"] is None
    proof = {"name": "欧阳娜娜", "account_no": made["account_no"], "citizen_id": identity(4)}
    path = f"/learners/{made['learner_id']}/enrolments"
    wrong = ask(Role.REGISTRAR, "POST", path, proof | {"name": "王", "enrolment": ENROLMENT})
    assert wrong.status_code == 404
    enrolment = ENROLMENT | {"student_no": "2025017004"}
    right = ask(Role.REGISTRAR, "POST", path, proof | {"enrolment": enrolment})
    assert right.status_code == 201
    assert right.json["enrolment_id"]


def test_the_same_key_gets_the_first_answer(ask):
    first = ask(Role.REGISTRAR, "POST", "/learners", person(5), Idempotency_Key="person-5")
    again = ask(Role.REGISTRAR, "POST", "/learners", person(5), Idempotency_Key="person-5")
    assert (first.status_code, first.json) == (again.status_code, again.json)
    without = ask(Role.REGISTRAR, "POST", "/learners", person(6), Idempotency_Key="")
    assert without.status_code == 400


def test_each_kind_of_fact_is_recorded_and_read_back(ask, county):
    path = f"/learners/{county.learners[OWN]}/facts"
    facts = [
        {"kind": "conduct", "term": "2025-2026-1", "result": "passed", "grade": "优秀"},
        {"kind": "internship", "organisation": "机床厂", "started_on": "2026-06-01"},
        {"kind": "sanction", "level": "1", "decided_on": "2026-03-01", "document_no": "测1号"},
        {
            "kind": "attestation", "attestation": "medical_check", "result": "passed",
            "attested_on": "2026-05-01",
        },
    ]  # fmt: skip
    made = [ask(Role.REGISTRAR, "POST", path, fact) for fact in facts]
    assert [item.status_code for item in made] == [201] * 4
    seqs = [item.json["facts_seq"] for item in made]
    assert seqs == sorted(set(seqs))
    lifting = {
        "kind": "lifting", "sanction_id": made[2].json["fact_id"], "lifted_on": "2026-06-01",
        "document_no": "测2号",
    }  # fmt: skip
    assert ask(Role.REGISTRAR, "POST", path, lifting).status_code == 201
    read = ask(Role.COUNTY, "GET", path).json["facts"]
    assert {(item["kind"], item["stands"]) for item in read} == {
        ("conduct", True), ("internship", True), ("sanction", False), ("attestation", True),
    }  # fmt: skip


def test_a_fact_moves_the_verdict_that_is_read_next(ask, county):
    path = f"/learners/{county.learners[SAME]}"

    def conduct() -> bool:
        verdict = ask(Role.REGISTRAR, "GET", f"{path}/verdicts").json["verdicts"][0]
        return next(item["met"] for item in verdict["conditions"] if item["code"] == "conduct")

    assert conduct() is False
    fact = {"kind": "conduct", "term": "2025-2026-1", "result": "passed"}
    assert ask(Role.REGISTRAR, "POST", f"{path}/facts", fact).status_code == 201
    assert conduct() is True


def test_facts_of_another_schools_learner_are_not_there(ask, county):
    path = f"/learners/{county.learners[OTHER]}/facts"
    fact = {"kind": "conduct", "term": "2025-2026-1", "result": "passed"}
    assert ask(Role.REGISTRAR, "POST", path, fact).status_code == 404
    assert ask(Role.TEACHER, "GET", path).status_code == 404
    assert ask(Role.COUNTY, "POST", path, fact).status_code == 403


def test_an_unknown_kind_and_a_misspelt_field_are_refused(ask, county):
    path = f"/learners/{county.learners[OWN]}/facts"
    assert ask(Role.REGISTRAR, "POST", path, {"kind": "mood"}).status_code == 422
    fact = {"kind": "conduct", "term": "2025-2026-1", "result": "passed", "grades": "优"}
    refused = ask(Role.REGISTRAR, "POST", path, fact)
    assert refused.status_code == 422
    assert [item["field"] for item in refused.json["problems"]] == ["grades"]


def test_a_number_that_can_be_nobodys_is_not_found_by_either_method(ask):
    for number in ("0", "2147483648", "20922789888000"):
        for method in ("GET", "POST"):
            assert ask(Role.REGISTRAR, method, f"/learners/{number}/facts", {}).status_code == 404
