"""SIP text in, value out, and back."""

import pytest

from tests.system.sip.message import Address, Malformed, Request, Response, Uri, parse

INVITE = (
    b"INVITE sip:101@127.0.0.1:5060;transport=udp SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 127.0.0.1:5061;rport;branch=z9hG4bK7\r\n"
    b'f: "Anna \\"A\\" Ek" <sip:100@127.0.0.1>;tag=a1\r\n'
    b"To: sip:101@127.0.0.1\r\n"
    b"i: call-7\r\n"
    b"CSeq: 12 INVITE\r\n"
    b"Subject: two\r\n"
    b"  lines\r\n"
    b"l: 5\r\n"
    b"\r\n"
    b"v=0\r\n"
)


def test_a_request_is_read() -> None:
    request = parse(INVITE)

    assert isinstance(request, Request)
    assert (request.method, request.uri) == ("INVITE", "sip:101@127.0.0.1:5060;transport=udp")
    assert (request.call_id, request.cseq, request.branch) == ("call-7", (12, "INVITE"), "z9hG4bK7")
    assert request.sender == Address(Uri("100", "127.0.0.1"), 'Anna "A" Ek', "a1")
    assert request.recipient == Address(Uri("101", "127.0.0.1"))
    assert request.get("subject") == "two lines"
    assert request.body == "v=0\r\n"


def test_what_is_written_is_read_the_same() -> None:
    request = parse(INVITE)
    again = parse(request.encode())

    assert again == request
    assert b"Content-Length: 5\r\n" in request.encode()


def test_a_response_copies_what_it_must() -> None:
    request = parse(INVITE)
    assert isinstance(request, Request)

    response = parse(request.respond(180, tag="b2", headers=[("Contact", "<sip:101@127.0.0.1:5061>")]).encode())

    assert isinstance(response, Response)
    assert (response.status, response.reason) == (180, "Ringing")
    assert (response.branch, response.call_id, response.cseq) == ("z9hG4bK7", "call-7", (12, "INVITE"))
    assert (response.sender.tag, response.recipient.tag) == ("a1", "b2")


@pytest.mark.parametrize(
    ("headers", "number"),
    [
        ([("P-Asserted-Identity", '"Anna" <sip:0701@example.org>')], "0701"),
        ([("P-Asserted-Identity", "<tel:+46701>"), ("P-Asserted-Identity", "<sip:0701@example.org>")], "0701"),
        ([("Remote-Party-ID", '"Anna" <sip:100@127.0.0.1>;party=calling;privacy=off')], "100"),
        ([("Remote-Party-ID", "<sip:1@h>"), ("P-Asserted-Identity", "<sip:2@h>")], "2"),
        ([], ""),
    ],
)
def test_the_number_that_the_network_vouches_for(headers: list[tuple[str, str]], number: str) -> None:
    assert Response(headers).asserted == number


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff",
        b"INVITE sip:1@h SIP/2.0\r\n",
        b"hello there\r\n\r\n",
        b"BYE sip:1@h SIP/2.0\r\nnonsense\r\n\r\n",
    ],
)
def test_what_is_no_sip_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)
