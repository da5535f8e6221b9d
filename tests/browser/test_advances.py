"""A class of 40 from the qualification check to the admission, on both sides, and one learner."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Page, expect

from creditbank.db import make_engine
from creditbank.demo.county import add_class, anchor_of
from creditbank.demo.schools import lay_out_county
from creditbank.domain.agreement_terms import ScoreKind, ScorePart, TieBreak
from creditbank.embedded import ServerUrls
from creditbank.store.agreement_terms import insert_terms, load_terms
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.browser.conftest import LiveCounty, Visit, evaluated, live_county, sign_in, today
from tests.browser.roads import fits, guardian_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
CLASS, PLACES = 40, 25
MAJOR = "660301"
FIRST_ID = 900_000
AFTER_NOTICE = timedelta(days=45)
"""Five working days of notice and five for appeals are over, whatever feasts lie between."""
EDGE = PLACES - 3
QUALITY = "85"
SLOW_MS = 60_000
"""A class is judged anew before a step that leads forward."""
Picture = Callable[..., None]


@dataclass(frozen=True)
class Cohort:
    """The class, and the agreement under which it advances."""

    agreement_id: int
    learners: list[int]

    @property
    def path(self) -> str:
        return f"/agreements/{self.agreement_id}/advance"


@pytest.fixture(scope="module")
def county(
    servers: ServerUrls,
    worker_number: int,
    browser_redis_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveCounty]:
    """A county whose clock goes on to the end of the notice, apart from all others'."""
    name, var = f"creditbank_advance_{worker_number}", tmp_path_factory.mktemp("var")
    with live_county(servers, name, browser_redis_url, var, scale=0.01) as made:
        yield evaluated(made)


@pytest.fixture(scope="module")
def tokens() -> dict[str, str]:
    """Who has signed in there."""
    return {}


@pytest.fixture(scope="module")
def cohort(county: LiveCounty) -> Cohort:
    """A third-year class of 40 that nobody has touched, with its verdicts."""
    laid = lay_out_county(anchor_of(today()), seed=1, scale=0.02)
    order = next(item for item in laid.classes if item.agreement and item.plan.major_code == MAJOR)
    assert order.agreement is not None
    name = f"{order.setting.entry_year}级{order.major_name}9班"
    made = replace(order, size=CLASS, first_id=FIRST_ID, class_no=9, name=name, seed=7)
    learners = add_class(county.owner_url, made)
    with UnitOfWork(make_engine(county.owner_url), EVERYWHERE) as uow:
        number = order.agreement.agreement_id
        day = today()
        terms = load_terms(uow.connection, [number], as_of=day)[number]
        entered = (
            ScorePart(ScoreKind.KNOWLEDGE_TEST, 10_000, 50),
            ScorePart(ScoreKind.SKILL_TEST, 10_000, 30), ScorePart(ScoreKind.QUALITY, 10_000, 20),
        )  # fmt: skip
        fewer = replace(
            terms, version_no=terms.version_no + 1, in_force_from=day, quota=PLACES,
            reason="名额和计分调整", scores=entered, tie_breaks=(TieBreak.SKILL_TEST,),
        )  # fmt: skip
        insert_terms(uow.connection, fewer, decided_by=9, now=datetime.now(UTC))
    evaluated(county)
    return Cohort(order.agreement.agreement_id, learners)


def send(page: Page, button: str, document: str = "") -> None:
    """Fill in the document, press the button, wait for what it says."""
    if document:
        page.get_by_label("文号").fill(document)
    page.get_by_role("button", name=button).click()
    expect(page.locator("#advance-step :is(.notice, .fault)").first).to_be_visible()


def done(page: Page) -> int:
    """How many a step was made for."""
    said = page.locator("#advance-step .notice.tone-good").first
    expect(said).to_contain_text("已办理", timeout=SLOW_MS)
    return int(said.inner_text().split("已办理")[1].split("名")[0])


def test_a_class_goes_from_the_check_to_the_admission(
    visit: Visit,
    county: LiveCounty,
    cohort: Cohort,
    picture: Picture,
):
    approver, registrar = visit("approver"), visit("registrar")
    qualified = qualify(approver, cohort, picture)
    assess(registrar, cohort, qualified)
    announce(approver, cohort, qualified)
    with time_machine.travel(datetime.now(UTC) + AFTER_NOTICE, tick=True):
        for page, name in ((approver, "approver"), (registrar, "registrar")):
            sign_in(page, name)
        filed = file_to_the_college(approver, cohort, qualified)
        college = visit("college")
        see_who_was_filed(college, cohort, filed, picture)
        score_at_the_school(registrar, cohort, filed)
        score_at_the_college(college, cohort, filed)
        proposed = rank(college, cohort, filed, picture)
        admitted = admit(college, cohort, proposed)
        on_the_phone(visit, county, cohort, picture)
        overview(visit)
    assert county.scalar(
        "SELECT count(*) FROM advance_admissions a JOIN standing_advance_moves m"
        " USING (advance_move_id) WHERE m.agreement_id = :agreement AND a.admission_no <> ''",
        agreement=cohort.agreement_id,
    ) == admitted  # fmt: skip


def qualify(approver: Page, cohort: Cohort, picture: Picture) -> int:
    approver.goto(cohort.path)
    expect(approver.locator("table.advance tbody tr")).to_have_count(CLASS + others(approver))
    approver.locator("summary:has(.mark-dot.tone-bad)").first.click()
    expect(approver.locator(".condition-lines")).to_contain_text("标准")
    picture(approver, "advance-cohort")
    approver.get_by_role("link", name="确认资格").click()
    refused = approver.locator("section:has(#refused-title)")
    expect(refused.first).to_contain_text("不能确认资格")
    expect(approver.get_by_role("button", name="确认所选学生的资格")).to_be_visible()
    going = approver.get_by_role("checkbox").count()
    assert going > PLACES
    send(approver, "确认所选学生的资格")
    expect(approver.locator(".fault").first).to_be_visible()
    send(approver, "确认所选学生的资格", "平职转〔2026〕1号")
    assert done(approver) == going
    return going


def assess(registrar: Page, cohort: Cohort, qualified: int) -> None:
    registrar.goto(f"{cohort.path}/assessments")
    first = registrar.locator("#advance-step tbody tr").first
    first.get_by_label("社会实践合格").uncheck()
    send(registrar, "登记过程考核", "平职考〔2026〕1号")
    expect(first.locator(".fault")).to_contain_text("请填写原因")
    expect(first.get_by_label("社会实践合格")).not_to_be_checked()
    first.locator("input[type=text]").fill("社会实践天数不足")
    send(registrar, "登记过程考核", "平职考〔2026〕1号")
    assert done(registrar) == qualified


def others(page: Page) -> int:
    """Learners of the agreement whom the small county had before."""
    total = page.locator("#members-title + .muted").inner_text()
    return int(total.split()[0]) - CLASS


def announce(approver: Page, cohort: Cohort, qualified: int) -> None:
    approver.goto(f"{cohort.path}/notice")
    send(approver, "公示所选学生", "平职公示〔2026〕1号")
    assert done(approver) == qualified
    approver.goto(f"{cohort.path}/public-list")
    rows = approver.locator("main tbody tr")
    expect(rows).to_have_count(qualified)
    assert not any(text in approver.locator("main table").inner_text() for text in ("3701", "G3"))
    approver.goto(f"{cohort.path}/filing")
    expect(approver.locator("#advance-step")).to_contain_text("期满后方可报送")


def file_to_the_college(approver: Page, cohort: Cohort, qualified: int) -> int:
    approver.goto(f"{cohort.path}/public-list")
    expect(approver.locator("main")).to_contain_text("名单已撤下")
    approver.goto(f"{cohort.path}/filing")
    send(approver, "报送所选学生", "平职报〔2027〕1号")
    assert done(approver) == qualified - 1
    expect(approver.locator("section:has(#refused-title)")).to_contain_text("过程考核不合格")
    return qualified - 1


def see_who_was_filed(college: Page, cohort: Cohort, filed: int, picture: Picture) -> None:
    college.goto("/agreements")
    expect(college.locator("section:has(#news-title)")).to_contain_text(
        f"报送对接院校：{filed} 名学生"
    )
    college.get_by_role("button", name="标为已看").click()
    expect(college.locator("main")).to_contain_text("上次查看以来没有变化")
    college.goto(cohort.path)
    college.locator("details.mark-list summary").nth(1).click()
    expect(college.locator(".condition-lines")).to_be_visible()
    picture(college, "advance-college")
    form = college.request.get(f"{cohort.path}/forms")
    assert form.body().startswith(b"%PDF")


def score_at_the_school(registrar: Page, cohort: Cohort, filed: int) -> None:
    """综合素质, which the school knows, typed by keyboard."""
    registrar.goto(f"{cohort.path}/scores")
    cells = registrar.get_by_label("综合素质")
    expect(cells).to_have_count(filed)
    for cell in cells.all():
        cell.fill(QUALITY)
    cells.first.press("ArrowDown")
    expect(cells.nth(1)).to_be_focused()
    send(registrar, "登记成绩")
    assert done(registrar) == filed


def score_at_the_college(college: Page, cohort: Cohort, filed: int) -> None:
    """Its tests, from a file that holds what the school has entered."""
    college.goto(f"{cohort.path}/scores")
    template = college.request.get(f"{cohort.path}/scores/template").body()
    upload(college, with_tests(template, filed, wrong=True))
    expect(college.locator("main")).to_contain_text("第3行 D列")
    expect(college.locator("td.at-fault")).to_have_count(1)
    upload(college, with_tests(template, filed))
    expect(college.locator("main")).to_contain_text("请核对后登记")
    send(college, "登记成绩")
    assert done(college) == filed


def upload(page: Page, content: bytes) -> None:
    name = "成绩.xlsx"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": kind, "buffer": content}
    )
    page.get_by_role("button", name="上传并预览").click()
    page.wait_for_load_state()


def with_tests(template: bytes, count: int, *, wrong: bool = False) -> bytes:
    """Tests that fall from learner to learner; several are equal at the edge of the places."""
    book = load_workbook(io.BytesIO(template))
    sheet = book.worksheets[0]
    for at in range(count):
        assert sheet.cell(at + 2, 5).value == QUALITY
        place = EDGE if EDGE <= at < PLACES + 2 else at
        for column, value in ((3, 90 - place * 0.5), (4, 92 - place * 0.5)):
            sheet.cell(at + 2, column, f"{value:g}")
    if wrong:
        sheet.cell(3, 4, "101")
    return saved(book)


def saved(book: Workbook) -> bytes:
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def rank(college: Page, cohort: Cohort, tested: int, picture: Picture) -> int:
    college.goto(f"{cohort.path}/ranking")
    said = college.locator("#advance-step .notice.tone-warn")
    expect(said).to_contain_text("人并列")
    left = int(said.inner_text().split("还有")[1].split("个")[0])
    college.locator(".advance-ranking tr.edge").first.evaluate(
        "row => row.scrollIntoView({block: 'center'})"
    )
    picture(college, "advance-ranking")
    college.emulate_media(media="print")
    expect(college.locator(".advance-ranking")).to_be_visible()
    expect(college.get_by_role("button", name="按排名列为拟录取")).to_be_hidden()
    college.emulate_media(media="screen")
    send(college, "按排名列为拟录取", "济职拟〔2027〕1号")
    expect(college.locator(".fault").first).to_contain_text("并列")
    for at in range(left):
        college.get_by_role("checkbox", name="录取").nth(at).check()
    send(college, "按排名列为拟录取", "济职拟〔2027〕1号")
    assert done(college) == tested
    return PLACES


def admit(college: Page, cohort: Cohort, proposed: int) -> int:
    college.goto(f"{cohort.path}/admissions")
    rows = college.locator("#advance-step .advance-grid tbody tr")
    expect(rows).to_have_count(proposed)
    rows.last.locator("select").select_option("refuse")
    send(college, "提交录取决定", "济职录〔2027〕1号")
    expect(rows.last.locator(".fault")).to_contain_text("请填写原因")
    rows.last.locator("input[type=text]").fill("体检不合格")
    send(college, "提交录取决定", "济职录〔2027〕1号")
    assert done(college) == proposed
    college.goto(f"{cohort.path}/returns")
    template = college.request.get(f"{cohort.path}/returns/template").body()
    book = load_workbook(io.BytesIO(template))
    for at in range(proposed - 1):
        for column, value in ((3, f"L2027{at:04d}"), (4, f"2027{at:06d}"), (5, "40")):
            book.worksheets[0].cell(at + 2, column, value)
    upload(college, saved(book))
    send(college, "登记录取信息")
    assert done(college) == proposed - 1
    return proposed - 1


def on_the_phone(visit: Visit, county: LiveCounty, cohort: Cohort, picture: Picture) -> None:
    learner = county.scalar(
        "SELECT m.learner_id FROM standing_advance_moves m WHERE m.agreement_id = :agreement"
        " AND m.kind = 'return_admission' LIMIT 1",
        agreement=cohort.agreement_id,
    )
    family = guardian_of(county, int(str(learner)))
    page = visit(family, width=360, height=740)
    page.goto(f"/learners/{learner}/advance")
    expect(page.locator(".said")).to_contain_text("已录取")
    expect(page.locator(".advance-line .done")).to_have_count(7)
    assert fits(page)
    picture(page, "advance-phone", full=True)


def overview(visit: Visit) -> None:
    bureau = visit("county")
    bureau.goto("/agreements/advances")
    expect(bureau.locator("main tbody tr").first).to_be_visible()
    expect(bureau.locator("main tbody")).to_contain_text("%")
