"""The best recognition by the words of the table, as an integer program of its own.

It adds to the oracle of the verdict what the lines may give. Shares nothing with the engine.
"""

from __future__ import annotations

from dataclasses import replace

from creditbank.domain.courses import CourseNature
from creditbank.domain.ledger import EntryKind
from creditbank.domain.recognition_rules import RecognitionRule, Relation
from creditbank.domain.snapshots import Record
from tests.proofs.cases import AS_OF
from tests.proofs.oracle import Program, Question
from tests.proofs.transfers import TransferCase

_FIRST_OFFER = 10_000


class Recognition:
    """One transfer as rows and columns: every source, line, course and block by itself."""

    def __init__(self, transfer: TransferCase, *, presolve: bool = False) -> None:
        asked = transfer.transfer
        self.sources = self._sources(asked.passed)
        plain = Question(transfer.case)
        self.plan = plain.plan
        refused = {
            seq
            for seq, record in self.sources.items()
            for rule in asked.rules
            if rule.relation is Relation.NONE and self._means(transfer, rule, record)
        }
        self.lines = {
            rule.code: rule
            for rule in asked.rules
            if rule.relation is not Relation.NONE
            and not (rule.needs_test and rule.code not in asked.tested)
        }
        self.pools = {
            code: [
                seq for seq, record in self.sources.items()
                if seq not in refused and self._means(transfer, rule, record)
            ]
            for code, rule in self.lines.items()
        }  # fmt: skip
        booked = {
            record.course_code
            for record in transfer.case.snapshot.records
            if record.kind in {EntryKind.COURSE, EntryKind.RECOGNITION}
            and not record.is_outside and record.passed and record.units > 0
        }  # fmt: skip
        self.courses = {
            course.course_code: course
            for course in self.plan.courses
            if course.is_required and course.units > 0 and course.course_code not in booked
        }
        self.has = self._has(plain)
        self.offers = self._offers()
        snapshot = transfer.case.snapshot
        records = (*snapshot.records, *self.offers.values())
        whole = replace(transfer.case, snapshot=replace(snapshot, records=records))
        self.question = Question(whole, presolve=presolve)
        self.program = Program(self.question)
        self._write()

    @staticmethod
    def _sources(passed: tuple[Record, ...]) -> dict[int, Record]:
        found: dict[int, Record] = {}
        codes: set[str] = set()
        for record in sorted(passed, key=lambda item: item.ledger_seq):
            stands = record.kind is EntryKind.COURSE and record.passed and record.units > 0
            if stands and not record.is_outside and not record.disputed:
                if record.course_code not in codes:
                    found[record.ledger_seq] = record
                codes.add(record.course_code)
        return found

    @staticmethod
    def _means(transfer: TransferCase, rule: RecognitionRule, record: Record) -> bool:
        if rule.sources:
            return any(record.title.startswith(name) for name in rule.sources)
        here = transfer.transfer.here
        major = {
            block.code
            for block in here.blocks
            if block.nature is CourseNature.REQUIRED and block.code not in transfer.common
        }
        return any(
            course.course_code == record.course_code and course.block_code in major
            for course in here.courses
        )

    def _has(self, plain: Question) -> dict[str, int]:
        """What the receiving school has booked of each block."""
        found: dict[str, int] = {block.code: 0 for block in self.plan.blocks}
        for record in plain.offers:
            block = ""
            if record.kind is EntryKind.RECOGNITION:
                block = record.block_code
            elif record.kind is EntryKind.COURSE and not record.is_outside:
                block = plain.named.get(record.course_code, [""])[0]
            if block in found:
                found[block] += record.units
        return found

    def _offers(self) -> dict[tuple[str, str], Record]:
        """By ("", course) and (line, block): the most that may be given."""
        offers: dict[tuple[str, str], Record] = {}

        def offer(key: tuple[str, str], units: int, course: str, block: str) -> None:
            offers[key] = Record(
                _FIRST_OFFER + len(offers), EntryKind.RECOGNITION, units, AS_OF, "认定", course,
                block_code=block,
            )  # fmt: skip

        for code, course in self.courses.items():
            offer(("", code), course.units, code, course.block_code)
        for code, rule in self.lines.items():
            most = sum(self.sources[seq].units for seq in self.pools[code])
            for block in self.plan.blocks:
                if rule.relation is Relation.ELECTIVE and block.nature is rule.target_nature:
                    offer((code, block.code), max(most, 1), "", block.code)
        return offers

    def _write(self) -> None:
        new, row = self.program.variable, self.program.row
        self.uses = {(c, seq): new(1) for c, pool in self.pools.items() for seq in pool}
        self.gives = {
            (line, code): new(1)
            for line, rule in self.lines.items()
            for code, course in self.courses.items()
            if any(course.name.startswith(name) for name in rule.targets)
        }
        self.amounts = {key: new(item.units) for key, item in self.offers.items() if key[0]}
        for line, rule in self.lines.items():
            given = self._given(line)
            pool = {
                variable: -rule.ratio_percent * self.sources[seq].units / 100
                for (code, seq), variable in self.uses.items()
                if code == line
            }
            row(given | pool, 0)
            if rule.units_max is not None:
                row(given, rule.units_max)
        for seq, source in self.sources.items():
            used = {v: 1.0 for (_, other), v in self.uses.items() if other == seq}
            row(used, 1)
            there = {v: 1.0 for (r, _, _), v in self.program.of.items() if r.ledger_seq == seq}
            row(there | dict.fromkeys(used, float(source.units)), source.units)
        for key, record in self.offers.items():
            counted = {v: 1.0 for (r, _, _), v in self.program.of.items() if r == record}
            columns = [v for (_, code), v in self.gives.items() if code == key[1]]
            if key[0]:
                row(counted | {self.amounts[key]: -1.0}, 0)
            else:
                row(counted | dict.fromkeys(columns, -float(record.units)), 0)
                row(dict.fromkeys(columns, 1.0), 1)
        for block in self.plan.blocks:
            self._not_overfilled(block.code, max(0, block.units_min - self.has[block.code]))

    def _given(self, line: str) -> dict[int, float]:
        return {
            v: float(self.courses[code].units)
            for (own, code), v in self.gives.items()
            if own == line
        } | {v: 1.0 for (own, _), v in self.amounts.items() if own == line}

    def _not_overfilled(self, block: str, still: int) -> None:
        into = {(line, v) for (line, code), v in self.amounts.items() if code == block}
        free = [v for line, v in into if self.lines[line].units_max is None]
        courses = {
            v: float(self.courses[code].units)
            for (_, code), v in self.gives.items()
            if self.courses[code].block_code == block
        }
        everything = dict.fromkeys((v for _, v in into), 1.0) | courses
        beyond = sum(self.program.upper[v] * units for v, units in everything.items())
        takes = self.program.variable(1)
        self.program.row(dict.fromkeys(free, 1.0) | {takes: -beyond}, 0)
        if free:
            self.program.row(everything | {takes: beyond}, still + beyond)

    def best(self) -> tuple[int, ...]:
        """Shortfall; units that are given, by the same, by the similar; sources used."""
        program, found = self.program, [self.program.minimise("short")]
        program.at_most("short", found[0])
        groups = (tuple(Relation), (Relation.SAME,), (Relation.SIMILAR,))
        for relations in groups:
            given: dict[int, float] = {}
            for line, rule in self.lines.items():
                given |= self._given(line) if rule.relation in relations else {}
            most = sum(program.upper[v] * units for v, units in given.items())
            found.append(round(most) - self._least(dict.fromkeys(given, 0.0) | {
                v: -units for v, units in given.items()
            }, -most))  # fmt: skip
        found.append(self._least(dict.fromkeys(self.uses.values(), 1.0), 0))
        return tuple(found)

    def _least(self, terms: dict[int, float], limit: float) -> int:
        """The least value of the terms less the limit, kept from here on."""
        program = self.program
        name = f"goal{len(program.rows)}"
        program.named[name] = program.variable(10**6)
        program.row(terms | {program.named[name]: -1.0}, limit)
        least = program.minimise(name)
        program.at_most(name, least)
        return least
