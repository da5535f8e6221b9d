"""The two views of the editor hold the same document; nothing typed is lost between them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from creditbank.store.documents import DocumentError
from creditbank.store.plan_documents import read_plan
from creditbank.web.plan_forms import (
    COURSE,
    EditorForm,
    filled_rows,
    form_of_fields,
    form_of_text,
    text_of_form,
)
from tests.factories.plan_documents import POLICY, block, cap, plan, text_of

FOLDER = Path(__file__).parents[3] / "docs/examples"
EXAMPLES = sorted(set(FOLDER.glob("*.yaml")) - {FOLDER / "county.yaml"})


def fields(form: EditorForm) -> tuple[dict[str, str], tuple[str, ...]]:
    """What a browser would send of a form."""
    sent = dict(form.top) | {"rest": form.rest, "required_pass_exams": form.required_pass_exams}
    for name, rows in form.rows.items():
        for at, row in enumerate(rows):
            sent |= {f"{name}.{at}.{key}": value for key, value in row.values.items()}
            sent |= {f"{name}.{at}.{key}": "true" for key in row.flags}
            sent[f"{name}.{at}.more"] = row.more
    return sent, form.conditions


def through_the_form(text: str, source: str = "", **changes: str) -> str:
    sent, conditions = fields(form_of_text(text))
    return text_of_form(form_of_fields(sent | changes, conditions), source)


RICH = plan(
    blocks=[
        block("A", "6", choices=[{"course_codes": ["A1"], "count": 1}]),
        block("B", "4", nature="3", credits_max="6", substitution="automatic",
              accepts=[{"selector": {"is_outside": True}, "way": "fill"}]),
    ],
    caps=[cap("2", kinds=["competition"]), {"code": "p", "selector": {}, "percent": 40}],
    floors=[{"code": "f", "name": "本校", "name_en": "", "selector": {"is_outside": False},
             "credits_min": "5"}],
    conditions=["conduct", "academic_pass_exams"],
    required_pass_exams=["语文", "数学"],
    divisible=["competition"],
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [text_of(RICH), text_of(plan()), *(path.read_text("utf-8") for path in EXAMPLES)],
)
def test_a_plan_comes_through_the_form_as_it_was(text):
    again = through_the_form(text)
    assert read_plan(again, POLICY).plan == read_plan(text, POLICY).plan


def test_an_unchanged_form_gives_the_text_itself_with_its_comments():
    text = "# 学校自己的说明\n" + text_of(RICH)
    assert through_the_form(text, source=text) == text


def test_a_changed_form_gives_its_change_and_all_else():
    text = text_of(RICH)
    changed = through_the_form(text, source=text, credits_min="11", **{"courses.1.credits": "2.5"})
    found, before = read_plan(changed, POLICY).plan, read_plan(text, POLICY).plan
    assert (found.units_min, found.courses[1].units) == (1100, 250)
    assert (found.caps, found.floors, found.blocks) == (before.caps, before.floors, before.blocks)


def test_what_is_wrong_in_a_field_is_kept_as_typed():
    text = through_the_form(text_of(plan()), **{"courses.0.credits": "很多", "years": "x"})
    again = form_of_text(text)
    assert again.rows["courses"][0].values["credits"] == "很多"
    assert again.top["years"] == "x"


def test_unknown_fields_survive_the_form_so_that_their_fault_is_said():
    document: dict[str, Any] = plan(colour="red")
    document["courses"][0]["teacher"] = "张老师"
    again = yaml.safe_load(through_the_form(text_of(document)))
    assert again["colour"] == "red"
    assert again["courses"][0]["teacher"] == "张老师"


def test_a_blank_row_is_no_course_and_the_others_keep_their_places():
    sent, conditions = fields(form_of_text(text_of(plan())))
    sent |= {f"courses.9.{key}": "" for key in COURSE}
    sent |= {f"courses.10.{key}": "x" for key in COURSE}
    form = form_of_fields(sent, conditions)
    assert len(form.rows["courses"]) == 6
    assert filled_rows(form)["courses"] == [0, 1, 2, 3, 5]
    assert len(yaml.safe_load(text_of_form(form, ""))["courses"]) == 5


@pytest.mark.parametrize("text", ["", "- 1", "blocks: 5", "blocks: [1]", "a: ["])
def test_a_text_that_is_no_plan_has_no_form(text):
    with pytest.raises(DocumentError):
        form_of_text(text)


def test_rules_that_are_no_yaml_are_refused():
    sent, conditions = fields(form_of_text(text_of(plan())))
    with pytest.raises(DocumentError):
        text_of_form(form_of_fields(sent | {"rest": "caps: ["}, conditions), "")
