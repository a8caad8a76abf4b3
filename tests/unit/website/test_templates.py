"""What holds for every page: the strict content policy, the house's words, no outside host."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).parents[3]
FLOORS = ("website", "training", "studios", "courses", "community")
PAGES = sorted(
    page for floor in FLOORS for page in (ROOT / floor).glob("**/templates/**/*") if page.is_file()
)
HAN = "\u4e00-\u9fff"


def name_of(page: Path) -> str:
    return str(page).split("/templates/")[1]


@pytest.fixture(params=PAGES, ids=name_of)
def page(request):
    return request.param


def test_every_template_compiles(page):
    get_template(name_of(page))


def test_no_template_needs_an_exception_from_the_content_policy(page):
    text = page.read_text("utf-8")

    assert not re.search(r"<[^>{]*\sstyle\s*=", text)
    assert not re.search(r"<style\b", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", text)
    assert not re.search(r"<[a-z][^>{]*\son[a-z]+\s*=", text)
    assert "javascript:" not in text


def test_no_template_asks_another_host(page):
    text = page.read_text("utf-8")

    assert not re.search(r"(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//", text)


def test_punctuation_beside_han_is_full_width(page):
    text = re.sub(r"{#.*?#}|{% ?comment.*?endcomment ?%}", "", page.read_text("utf-8"), flags=re.S)

    assert not re.findall(rf".{{0,8}}[{HAN}][,;!?](?![/=]).{{0,8}}", text)
    assert not re.findall(rf".{{0,8}}[{HAN}]\([^()<>{{}}]*\).{{0,8}}", text)
    assert not re.findall(rf".{{0,8}}(?:[{HAN}] [0-9]|[0-9] [{HAN}]).{{0,8}}", text)


def test_no_template_says_what_the_house_does_not_say(page):
    """学分 is a conversion of hours, said only where one is set (ruling 38)."""
    text = page.read_text("utf-8")

    assert not [word for word in ("抱歉", "操作成功", "非法", "亲，", "！", "学分") if word in text]
