"""Log lines: one JSON object each, and nobody's name in them."""

from __future__ import annotations

import json

import pytest
import structlog

from creditbank.logs import configure_logs


@pytest.fixture(autouse=True)
def restore_structlog():
    yield
    structlog.reset_defaults()


def test_a_line_is_json_with_level_and_time(capsys):
    configure_logs("INFO")
    structlog.get_logger().info("marks_drained", learners=500)
    line = json.loads(capsys.readouterr().out)
    assert line["event"] == "marks_drained"
    assert (line["level"], line["learners"]) == ("info", 500)
    assert line["timestamp"].endswith("Z")


def test_what_names_a_person_is_struck_out(capsys):
    configure_logs("INFO")
    structlog.get_logger().warning("row_refused", name="王小明", id_number="1", learner_id=7)
    printed = capsys.readouterr().out
    assert "王小明" not in printed
    assert json.loads(printed)["learner_id"] == 7


def test_quieter_levels_are_left_out(capsys):
    configure_logs("WARNING")
    structlog.get_logger().info("not_said")
    assert capsys.readouterr().out == ""
