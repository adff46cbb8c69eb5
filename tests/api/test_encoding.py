"""Lists are packed for those who say that they unpack, and for nobody else."""

import gzip

import pytest

from katalog.api.encoding import accepts_gzip
from tests.installation import Installation, basic

LIST = "/api/extensions/"


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("", False),
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("GZIP;Q=1", True),
        ("deflate,gzip;q=1.0", True),
        ("x-gzip", True),
        ("gzip ; q = 0.001", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000, identity", False),
        ("gzip;q=0.5, identity", False),
        ("gzip;q=0.5, identity;q=0.4", True),
        ("gzip;q=0.5, identity;q=0.5", True),
        ("identity", False),
        ("br", False),
        ("*", False),
        ("identity;q=0, *", True),
        ("identity;q=0, *;q=0", False),
        ("identity;q=0, gzip;q=0, *", False),
        ("gzip;q=2", False),
        ("gzip;q=many", False),
        ("gzip;q=1;level=9", False),
        ("gzipped", False),
        (",,;;=", False),
    ],
)
def test_who_takes_gzip(header: str, taken: bool) -> None:
    assert accepts_gzip(header) is taken


async def test_the_packed_list_is_the_list(installation: Installation) -> None:
    for number in range(200):
        await installation.add(f"{number}", "Åsa Öberg")
    await installation.add_account("program")
    headers = basic("program")
    plain = await installation.client.get(LIST, headers=headers | {"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == "accept-encoding"
    async with installation.client.stream("GET", LIST, headers=headers | {"accept-encoding": "gzip"}) as answer:
        packed = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.headers["content-type"] == plain.headers["content-type"]
    assert int(answer.headers["content-length"]) == len(packed) < len(plain.content) / 5
    assert gzip.decompress(packed) == plain.content


async def test_head_tells_of_the_packed_list(installation: Installation) -> None:
    await installation.add("100", "Åsa")
    await installation.add_account("program")
    headers = basic("program") | {"accept-encoding": "gzip"}
    head = await installation.client.head(LIST, headers=headers)
    got = await installation.client.get(LIST, headers=headers)
    assert head.headers == got.headers
    assert got.json()[0]["name"] == "Åsa"
