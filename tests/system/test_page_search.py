"""The page's search, in a real Chromium, beside the API's: the same people in the same order, for whatever is typed."""

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from benchmarks.people import swedes
from benchmarks.search import mix
from katalog.outputs import csv
from katalog.web.assets import address
from tests.system.browser import Person, person
from tests.system.house import ADMIN, House

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]

PEOPLE = 1500
ODD = """\
extension;name;title;department;location;numbers;mobile;keywords;email
101;Åke Öberg;Chef;Malmö;;08-500 100 00;070-123 45 67;vd;ake.oberg@exempel.se
102;Ake Oberg;;Malmo;;;;;
103;Anna-Karin O'Brien;;;Åre;+46 (0)8 12 34 56;;;
104;Łukasz Kjær;;;;00 47 22 33 44 55;;ski;
růžička;Straße Weiß;;;;;;;
106;Ｗｉｄｅ Ñandú;;;;;;;
107;김 민수;;;;;;;
108;Rum 12;;;;;;;
109;O’Neill D'Arcy;;;;;;;
1012;Åsa 101;;;;;0701740605;;101@exempel.se
"""
TYPED = [
    "åke", "ake", "ÅKE ÖBERG", "oberg ake", "malmö", "malmo", "obrien", "o'brien", "anna-karin", "karin anna", "are",
    "08-500", "08 500 100", "+46 70-123", "0046 70123", "(0)8 12", "070", "70 1", "101", "10", "1", "rum 12", "12 rum",
    "kjaer", "kjar", "lukasz", "łukasz", "weiss", "weiß", "strasse", "wide", "nandu", "ñandu", "김", "민수", "růž", "ruz",
    "o’neill", "oneill", "darcy", "åsa 101", "åk öb", "obreg", "öberh", "ekao", "vd chef", "chef vd malmö", "@exempel",
    "exempel.se", "ake.oberg@exempel.se", "4722334455", "+4722", "--", "   ", "a b", "_", "å", "e\u0301", "xyzzy", "123456",
    "101 102", "08-123456 anna", "anna 08", "0", "00", "000", "+", "+4", "3", "ski-", "søn", "andersson anderson",
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with House.open(tmp_path_factory.mktemp("page"), ODD, "[limits]\nsearch_per_minute = 0\n") as opened:
        text = csv.header() + csv.rows(swedes(PEOPLE))
        await opened.ask("POST", "/api/imports", params={"name": "many.csv"}, content=text.encode("utf-8"))
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def chef(browser: Browser, house: House) -> AsyncIterator[Person]:
    async with person(browser, house.serving.url, login=ADMIN) as someone:
        await someone.goto()
        yield someone


async def test_the_page_finds_what_the_api_finds_in_its_order(chef: Person, house: House) -> None:
    rng = random.Random(1876)
    queries = [query for queries in mix(tuple(swedes(PEOPLE))).values() for query in rng.sample(queries, 60)] + TYPED
    found: list[list[str]] = await chef.page.evaluate(
        """async ([module, queries]) => {
          const { Search } = await import(module);
          const entries = [];
          for (let cursor = ""; cursor !== null; ) {
            const answer = await fetch(`/api/entries?limit=1000&cursor=${encodeURIComponent(cursor)}`);
            const page = await answer.json();
            entries.push(...page.entries);
            cursor = page.next;
          }
          const search = new Search(document.body.dataset);
          const listed = { items: entries, changes: 0 };
          return queries.map((query) => search.find(query, listed).map((entry) => entry.id));
        }""",
        [address("search.js"), queries],
    )
    differing: list[Any] = []
    for query, ids in zip(queries, found, strict=True):
        answer = await house.ask("GET", "/api/entries", params={"q": query, "fields": "id,name", "limit": "1000"})
        wanted = [entry["id"] for entry in answer["entries"]] if query.strip() else []
        if ids[:1000] != wanted:
            differing.append((query, len(ids), len(wanted)))
    assert differing == []
    assert sum(bool(ids) for ids in found) > 200
