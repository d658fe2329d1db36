"""The page of the reference: whole, readable by everybody, and with nothing in it from elsewhere."""

import base64
import json
import re
from hashlib import sha256
from itertools import combinations, pairwise
from typing import Final

import pytest

from delegation.web.documentation import reference_page
from tests.rfc.stage import Stage
from tests.surface.page import Page, contrast, read
from tests.surface.table import DOCUMENT

HTML, POLICY = reference_page(DOCUMENT)
PAGE: Final[Page] = read(HTML)
STYLE: Final = re.findall(r"<style>(.*?)</style>", HTML, re.DOTALL)


def test_the_service_serves_it(stage: Stage) -> None:
    """Anybody gets the page of this service, as HTML, with the policy that it needs."""
    answer = stage.http.get("/docs")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["content-security-policy"] == POLICY
    assert stage.issuer in answer.text


def test_it_shows_every_operation_and_every_form() -> None:
    """Each operation has its place and a link to it; so has each form."""
    shown, links = set(PAGE.values("id")), set(PAGE.values("href"))
    names = {one["operationId"] for methods in DOCUMENT["paths"].values() for one in methods.values()}
    assert names <= shown
    assert {f"#{name}" for name in names} <= links
    assert {f"form-{name}" for name in DOCUMENT["components"]["schemas"]} <= shown


@pytest.mark.threat("42")
def test_nothing_comes_from_elsewhere() -> None:
    """There is no script, no frame, no form, no picture; links lead to the page itself and to the document."""
    assert not {tag for tag, _ in PAGE.elements} & {"script", "link", "img", "iframe", "object", "embed", "form"}
    assert not {name for _, attributes in PAGE.elements for name in attributes} & {"src", "style", "srcset"}
    assert all(link == "openapi.json" or link.startswith("#") for link in PAGE.values("href"))
    assert "url(" not in STYLE[0]
    assert "@import" not in STYLE[0]


@pytest.mark.threat("42")
def test_the_policy_allows_its_one_style_and_nothing_else() -> None:
    """The hash in the policy is that of the style on the page."""
    digest = base64.b64encode(sha256(STYLE[0].encode()).digest()).decode()
    allowed = f"style-src 'sha256-{digest}'"
    assert f"default-src 'none'; {allowed}; frame-ancestors 'none'; base-uri 'none'" == POLICY
    assert len(STYLE) == 1


def test_it_can_be_found_ones_way_in() -> None:
    """It has a language, a title, one first heading, no level left out, and each landmark once."""
    assert PAGE.elements[0] == ("html", {"lang": "en"})
    assert [PAGE.count(tag) for tag in ("title", "h1", "header", "nav", "main")] == [1] * 5
    assert PAGE.headings[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(PAGE.headings))
    assert PAGE.count("table") == PAGE.count("caption")
    assert all(attributes.get("scope") in {"col", "row"} for tag, attributes in PAGE.elements if tag == "th")


def test_names_are_given_once_and_links_lead_somewhere() -> None:
    """No id is there twice, and whatever is linked or pointed at is on the page."""
    ids = PAGE.values("id")
    assert len(ids) == len(set(ids))
    pointed = {link[1:] for link in PAGE.values("href") if link.startswith("#")}
    assert pointed | set(PAGE.values("aria-labelledby")) <= set(ids)


@pytest.mark.parametrize("light", [True, False], ids=["light", "dark"])
def test_it_can_be_read(*, light: bool) -> None:
    """Ink and links stand out from what is behind them (WCAG 2.2, 1.4.3), in both schemes."""
    schemes = [dict(re.findall(r"--(\w+): (#\w+)", rule)) for rule in re.findall(r":root \{([^}]*)\}", STYLE[0])]
    scheme = schemes[0 if light else 1]
    assert scheme.keys() == {"ink", "paper", "soft", "line", "link"}
    behind = ("paper", "soft")
    assert all(contrast(scheme[front], scheme[back]) >= 4.5 for front in ("ink", "link") for back in behind)
    assert contrast(scheme["line"], scheme["paper"]) >= 3


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white has 21, a colour on itself 1, and the order does not matter."""
    assert round(contrast("#000", "#ffffff"), 2) == 21
    assert all(contrast(a, b) == contrast(b, a) for a, b in combinations(("#123456", "#fedcba"), 2))
    assert contrast("#123456", "#123456") == 1


@pytest.mark.threat("47")
def test_what_is_described_cannot_become_markup() -> None:
    """Whatever a description says is shown as it is written."""
    hostile = json.loads(json.dumps(DOCUMENT))
    hostile["info"]["summary"] = hostile["paths"]["/token"]["post"]["summary"] = "</p><script>alert(1)</script>"
    page, _ = reference_page(hostile)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 2
