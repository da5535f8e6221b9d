"""Lists as Excel files: one way for all, so that a list gets its file in a few lines.

When to use: a page that lists something registers a ListExport in web.exported_lists. Its address
is /exports/<name>.xlsx with the page's own filter, its action the list's. How many rows at most is
said in the file where there are more; who took it out is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from flask import Response, request
from flask_babel import LazyString

from creditbank.domain.access import declares
from creditbank.domain.permissions import Action
from creditbank.exchange.sheet_tables import Cell, SheetTable, tables_workbook
from creditbank.queries.pages import LIMIT_MAX, Page
from creditbank.store.exports import note_export
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.downloads import workbook_response
from creditbank.web.languages import gettext as _
from creditbank.web.pages import pages
from creditbank.web.visits import actor, now, today, unit_of_work

ROWS_MAX = 5_000
_SHEET_NAME_MAX = 31
_FILTER_MAX = 100

Item = TypeVar("Item")
Filter = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column: its heading in the reader's language and what of an item stands in it."""

    heading: str | LazyString
    of: Callable[[Any], Cell]


@dataclass(frozen=True, slots=True)
class ListExport:
    """A list that can be taken out. rows: its items by the page's filter, in the page's order.

    private: parts of the filter that are personal; they are sent as a form and kept nowhere.
    """

    name: str
    action: Action
    title: str | LazyString
    columns: Sequence[ExportColumn]
    rows: Callable[[UnitOfWork, Filter], Iterator[Any]]
    filters: tuple[str, ...] = ()
    private: frozenset[str] = field(default_factory=frozenset)

    @property
    def method(self) -> str:
        """How it is asked for: nothing personal stands in an address."""
        return "POST" if self.private else "GET"


def all_pages(read: Callable[[int, str], Page[Item]]) -> Iterator[Item]:
    """The items of a list that is read by pages; read: a page by its limit and cursor."""
    cursor = ""
    while True:
        page = read(LIMIT_MAX, cursor)
        yield from page.items
        cursor = page.next_cursor
        if not cursor:
            return


def register_exports(exports: Sequence[ListExport]) -> None:
    """Give each its address and its action."""
    for export in exports:
        view = declares(export.action)(_view(export))
        pages.add_url_rule(
            f"/exports/{export.name}.xlsx",
            f"export_{export.name.replace('-', '_')}",
            view,
            methods=[export.method],
        )


def _view(export: ListExport) -> Callable[[], Response]:
    def view() -> Response:
        sent = request.form if export.private else request.args
        asked = {name: sent.get(name, "")[:_FILTER_MAX] for name in export.filters}
        with unit_of_work() as uow:
            items = list(islice(export.rows(uow, asked), ROWS_MAX + 1))
            _note(uow, export, asked, min(len(items), ROWS_MAX))
        title = str(export.title)
        lines: tuple[str, ...] = (f"{title} {today()}",)
        if len(items) > ROWS_MAX:
            lines += (_("超过 %(count)s 行，只列出前面的；请缩小范围。", count=ROWS_MAX),)
        table = SheetTable(
            title[:_SHEET_NAME_MAX],
            tuple(str(column.heading) for column in export.columns),
            [tuple(column.of(item) for column in export.columns) for item in items[:ROWS_MAX]],
            lines,
        )
        content = tables_workbook([table], made_on=today())
        return workbook_response(content, f"{title} {today()}")

    return view


def _note(uow: UnitOfWork, export: ListExport, asked: Filter, row_count: int) -> None:
    note_export(
        uow.connection,
        institution_id=actor().institution_id,
        account_id=actor().account_id,
        name=export.name,
        filtered_by={name: text for name, text in asked.items() if name not in export.private},
        row_count=row_count,
        now=now(),
    )
