"""AMI's framing: any chunking gives the same messages, and nothing that comes makes it fail but by LinkError."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.connectors.asterisk import wire
from katalog.connectors.asterisk.wire import MAX_LINE, MAX_MESSAGE, Message, Parser, action
from katalog.errors import LinkError

BANNER = b"Asterisk Call Manager/5.0.4\r\n"

keys = st.text("ABCabc-1", min_size=1, max_size=8)
values = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=20)
headers = st.lists(st.tuples(keys, values), min_size=1, max_size=6)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True)]


def texts(parser: Parser, parts: list[bytes]) -> list[str]:
    return [message.text for part in parts for message in parser.feed(part)]


def parse(data: bytes) -> list[Message]:
    return Parser().feed(BANNER + data)


def test_doctests() -> None:
    assert doctest.testmod(wire).failed == 0


@given(st.lists(headers, max_size=5), st.lists(st.integers(0), max_size=12), st.sampled_from([b"\r\n", b"\n"]))
def test_any_chunking_gives_the_same_messages(
    messages: list[list[tuple[str, str]]], cuts: list[int], end: bytes
) -> None:
    data = BANNER + b"".join(
        b"".join(f"{key}: {value}".encode() + end for key, value in message) + end for message in messages
    )
    parser = Parser()
    found = [message for part in pieces(data, cuts) for message in parser.feed(part)]
    assert [list(message) for message in found] == messages
    assert parser.banner == "Asterisk Call Manager/5.0.4"


@given(st.binary(max_size=300) | st.text("A: \r\n").map(str.encode), st.lists(st.integers(0), max_size=20))
def test_any_chunking_of_anything(data: bytes, cuts: list[int]) -> None:
    assert texts(Parser(), pieces(data, cuts)) == texts(Parser(), [data])


@given(st.dictionaries(keys.filter(lambda key: key != "Action"), values, max_size=6))
def test_what_is_formatted_is_parsed(fields: dict[str, str]) -> None:
    (message,) = parse(action("Login", **fields))
    assert list(message) == [("Action", "Login"), *fields.items()]


def test_first_wins_and_all_are_there() -> None:
    (message,) = parse(b"Event: X\r\nMessage: a: b\r\nMessage: c\r\nExten: \r\nno header\r\nLast: z\r\n\r\n")
    assert message.event == "X"
    assert message.get("Message") == "a: b"
    assert message.all("Message") == ["a: b", "c"]
    assert message.get("Exten") == message.get("Nothing") == message.get("essage") == ""
    assert message.get("Last") == "z"
    assert ("no header", "") not in list(message)
    assert "Message: a: b" in repr(message)


def test_an_answer_is_no_event() -> None:
    answer, event = parse(b"Response: Success\r\n\r\nEvent: X\r\n\r\n")
    assert (answer.event, event.event) == ("", "X")


def test_invalid_utf8_does_not_swallow_what_follows() -> None:
    first, second = parse(b"Event: A\r\nCallerIDName: \xe5\r\n\r\nEvent: B\r\nX: \xc3\xa5\r\n\r\n")
    assert first.get("CallerIDName") == "�"
    assert (second.event, second.get("X")) == ("B", "å")


@pytest.mark.parametrize("size", [MAX_LINE, MAX_LINE + 1])
def test_a_line_has_a_limit(size: int) -> None:
    data = b"Event: A\r\n" + b"x" * size + b"\r\n\r\n"
    if size == MAX_LINE:
        assert len(parse(data)) == 1
    else:
        with pytest.raises(LinkError, match=r"line longer than 16384") as caught:
            parse(data)
        assert "5038" in caught.value.advice


def test_a_message_has_a_limit() -> None:
    endless = b"Key: value\r\n" * (MAX_MESSAGE // 11 + 1)
    with pytest.raises(LinkError, match="message longer"):
        parse(endless)
    with pytest.raises(LinkError, match="message longer"):
        parse(endless + b"\r\n")


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_banner_has_a_limit(end: bytes) -> None:
    with pytest.raises(LinkError, match="longer than"):
        Parser().feed(b"x" * (MAX_LINE + 1) + end)


@pytest.mark.parametrize("value", ["a\r\nAction: Originate", "a\nb", "a\rb", "a\0b"])
def test_nothing_is_smuggled_into_an_action(value: str) -> None:
    with pytest.raises(LinkError) as caught:
        action("Login", Secret=value)
    assert "Secret" in caught.value.reason
    assert value not in caught.value.reason + caught.value.advice
