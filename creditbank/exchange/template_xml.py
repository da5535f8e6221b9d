"""The XML of a school's own file: read without anything that it might ask for, and filled in.

A name may be cut into runs, as Word does with what was typed in several goes: the texts of a
paragraph or a cell are looked at as one, and what belongs to each stays in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate, pairwise

from lxml import etree

from creditbank.exchange.refusals import Refusal, refusal

Value = str | int | Decimal
Values = Mapping[str, Value]
Element = etree._Element  # noqa: SLF001 (lxml has no other name for it)

PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
BYTES_MAX = 20 * 1024 * 1024
"""Of all parts of a file that are read as XML: a tree takes some ten times that in memory."""
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def parsed(part: bytes) -> Element:
    """The root of a part. Raises InvalidInputError where it is no XML, or declares entities."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(part, parser)
    except etree.XMLSyntaxError as error:
        raise refusal(Refusal.NO_TEMPLATE) from error
    if root.getroottree().docinfo.doctype:
        raise refusal(Refusal.NO_TEMPLATE)
    return root


def written(root: Element) -> bytes:
    """The part again, with its namespaces as they were."""
    tree = root.getroottree()
    return etree.tostring(tree, encoding="UTF-8", xml_declaration=True, standalone=True)


def name_of(match: re.Match[str]) -> str:
    """The name in a placeholder, without spaces."""
    return "".join(match[1].split())


def text_of(texts: Iterable[Element]) -> str:
    """What several texts say together."""
    return "".join(item.text or "" for item in texts)


def names_in(texts: Iterable[Element]) -> list[str]:
    """The names in texts that belong together, in their order."""
    return [name_of(match) for match in PLACEHOLDER.finditer(text_of(texts))]


def put(texts: Sequence[Element], values: Values, *, keeps_space: bool = True) -> None:
    """Values in place of names: each in the text that its name begins in, in the look of that.

    keeps_space: whether spaces at the ends of a text are kept by saying so, or always.
    """
    said = [item.text or "" for item in texts]
    places = list(pairwise(accumulate(map(len, said), initial=0)))
    # From the last to the first, so that what is before stays where it is.
    for match in reversed(list(PLACEHOLDER.finditer("".join(said)))):
        value = str(values.get(name_of(match), ""))
        for at, (start, end) in enumerate(places):
            first, last = max(match.start(), start), min(match.end(), end)
            if first < last:
                placed = value if first == match.start() else ""
                said[at] = said[at][: first - start] + placed + said[at][last - start :]
    for item, words in zip(texts, said, strict=True):
        if words != (item.text or ""):
            item.text = words
            if keeps_space:
                item.set(_SPACE, "preserve")
