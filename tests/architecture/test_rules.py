"""Each rule of the house holds, and a planted breach of it is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import rules
from tests.processes import ROOT

RULES = {
    "a file is read in one sitting": (
        rules.long_files,
        {"creditbank/services/planted.py": "x = 1\n" * (rules.LINES_MAX + 1)},
    ),
    "only the unit of work commits": (
        rules.commits,
        {
            "creditbank/services/planted.py": "def f(uow):\n    uow.connection.commit()\n",
            "workers/planted.py": "def f(engine):\n    with engine.begin():\n        pass\n",
        },
    ),
    "only the settings read the environment": (
        rules.environment_readers,
        {
            "creditbank/web/planted.py": "import os\nKEY = os.environ['KEY']\n",
            "workers/planted.py": "from os import getenv\n",
        },
    ),
    "no clock below the services": (
        rules.clocks,
        {
            "creditbank/domain/planted.py": "def f(date):\n    return date.today()\n",
            "creditbank/store/planted.py": "QUERY = 'SELECT now()'\n",
            "creditbank/queries/planted.py": "import time\nNOW = time.time()\n",
        },
    ),
    "nothing in the package sends to Celery": (
        rules.senders,
        {"creditbank/services/planted.py": "def f(task):\n    task.delay()\n"},
    ),
    "the domain is standard library only": (
        rules.foreign_to_domain,
        {"creditbank/domain/planted.py": "import numpy\n"},
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_the_rule_holds(name):
    rule, _ = RULES[name]
    assert rule(ROOT) == []


@pytest.mark.parametrize("name", RULES)
def test_a_planted_breach_is_found(name, tmp_path: Path):
    rule, planted = RULES[name]
    for path, text in planted.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = rule(tmp_path)
    assert {breach.partition(":")[0] for breach in found} == set(planted)
