"""`/sms/{number}` as programs ask for it: paths, notations of numbers, and where the text is."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.api.desk import BENGT, OK, Desk, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with Desk.open(tmp_path_factory.mktemp("katalog"), per_minute=1000) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def desk(office: Desk) -> Desk:
    """Half a minute later, with nothing sent yet."""
    office.installation.advance(31)
    office.elks.forms.clear()
    return office


@pytest.mark.parametrize("prefix", ["/api/sms/", "/sms/", "//sms//", "/api//sms/"])
@pytest.mark.parametrize("end", ["", "/"])
async def test_it_is_sent_in_the_callers_name_from_every_path(desk: Desk, prefix: str, end: str) -> None:
    response = await desk.client.get(f"http://katalog.test{prefix}{BENGT}{end}?message=Hej", headers=desk.as_("anna"))
    assert (response.status_code, response.content) == (200, OK)
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert desk.elks.forms == [{"from": "+468123456", "to": "+46701740606", "message": "Hej"}]


@pytest.mark.parametrize(
    "written",
    ["0701740606", "070-174%2006%2006", "+46701740606", "%2B46701740606", "0046701740606", "+46%20(0)70-174%2006%2006",
     "070-1740606", "%EF%BC%8B46701740606"],
)  # fmt: skip
async def test_a_number_in_any_notation_is_the_same_number(desk: Desk, written: str) -> None:
    response = await desk.client.get(f"/sms/{written}?message=Hej", headers=desk.as_("anna"))
    assert response.content == OK
    assert desk.elks.forms[0]["to"] == "+46701740606"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("message=Hej+d%C3%A5", "Hej då"),
        ("message=Hej%20d%E5", "Hej då"),
        ("?message=Hej", "Hej"),
        ("MESSAGE=Hej", "Hej"),
        ("message=Kommer du?&x=1", "Kommer du?"),
        ("x=1?message=Vad? Nu?", "Vad? Nu?"),
        ("message=a%26b%3Dc%2Bd", "a&b=c+d"),
        ("message=rad1%0Arad2%0D%0Arad3", "rad1\nrad2\r\nrad3"),
        ("message=%20%C3%A5%C3%A4%C3%B6%E2%82%AC%F0%9F%98%80%20", " åäö€😀 "),
        ("message=f%C3%B6rst&message=sist", "sist"),
        ("username=anna&message={to}{secret}", "{to}{secret}"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_text_is_read_from_the_query(desk: Desk, method: str, query: str, text: str) -> None:
    # httpx would write a query in its own way.
    url = httpx.URL(f"http://katalog.test/sms/{BENGT}").copy_with(raw_path=f"/sms/{BENGT}?{query}".encode())
    response = await desk.client.request(method, url, headers=desk.as_("anna"))
    assert response.content == OK, response.text
    assert desk.elks.texts == [text]


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("application/x-www-form-urlencoded", b"message=Hej+d%C3%A5%3F", "Hej då?"),
        ("application/x-www-form-urlencoded", "message=Hej då".encode("latin-1"), "Hej då"),
        ("application/json", '{"message": "Hej \\u00e5\\n😀"}'.encode(), "Hej å\n😀"),
        ("application/json", b"message=Hej", "Hej"),
        ("application/x-www-form-urlencoded", b' {"message": "Hej"}', "Hej"),
        ("", b"message=Hej", "Hej"),
        ("multipart/form-data; boundary=x",
         b'--x\r\nContent-Disposition: form-data; name="message"\r\n\r\nHej\r\nd\xc3\xa5\r\n--x--\r\n', "Hej\r\ndå"),
    ],
)  # fmt: skip
async def test_the_text_is_read_from_the_body_of_a_post(desk: Desk, kind: str, content: bytes, text: str) -> None:
    headers = {**desk.as_("anna"), **({"content-type": kind} if kind else {})}
    response = await desk.client.post(f"/sms/{BENGT}", content=content, headers=headers)
    assert response.content == OK, response.text
    assert desk.elks.texts == [text]


async def test_a_get_with_the_type_of_a_body_is_a_get(desk: Desk) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        response = await desk.send(text=f"Hej {kind}", headers={"content-type": kind, "content-length": "0"})
        assert response.content == OK


@pytest.mark.parametrize("query", ["", "message=", "message=%20%0A", "text=Hej"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_without_a_text_nothing_is_sent(desk: Desk, method: str, query: str) -> None:
    response = await desk.client.request(method, f"/sms/{BENGT}?{query}", headers=desk.as_("anna"))
    assert told(response)
    assert desk.elks.forms == []


@pytest.mark.parametrize("text", ["a%00b", "%1B", "a%C2%85"])
async def test_what_cannot_be_sent_is_refused(desk: Desk, text: str) -> None:
    response = await desk.client.get(f"/sms/{BENGT}?message={text}", headers=desk.as_("anna"))
    assert told(response) == "The message has characters that cannot be sent."


@pytest.mark.parametrize(
    "content", [b'{"message": 1}', b'{"message": "\\ud83d"}', b"[]", b'{"message"', b"x" * 100_001, b'{"text": "Hej"}']
)
async def test_a_body_that_is_no_good_is_400(desk: Desk, content: bytes) -> None:
    response = await desk.client.post(f"/sms/{BENGT}", content=content, headers=desk.as_("anna"))
    assert response.status_code == 400
    assert response.json()["message"]
    assert desk.elks.forms == []
