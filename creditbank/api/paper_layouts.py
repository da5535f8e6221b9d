"""文件版式: the layouts that a school has put in place of the standard ones, to be read."""

from __future__ import annotations

from creditbank.api.calls import actor, today, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.paper_layouts import KindLayouts, layout_source, school_layouts
from creditbank.store.paper_layouts import KeptLayout
from schemas.paper_layouts import LayoutSourceSchema, PaperLayoutsSchema

blueprint = Blueprint("paper_layouts", "文件版式 Layouts of papers")


@blueprint.reads("/paper-layouts", Action.CHANGE_PAPER_LAYOUT, PaperLayoutsSchema())
def get_paper_layouts() -> dict[str, list[KindLayouts]]:
    """各类文件的版式:现用、将启用、历次版本 Each kind: in force, to come, all versions."""
    with unit_of_work() as uow:
        return {"kinds": [*school_layouts(uow, actor(), today=today()).values()]}


@blueprint.reads(
    f"/paper-layouts/<{ID}:paper_layout_id>", Action.CHANGE_PAPER_LAYOUT, LayoutSourceSchema()
)
def get_paper_layout(paper_layout_id: int) -> KeptLayout:
    """一个版本的 Typst 源文件 One version with its source as it was uploaded."""
    with unit_of_work() as uow:
        return layout_source(uow, actor(), paper_layout_id)
