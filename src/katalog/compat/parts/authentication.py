"""Who is let in by what, and what others are told."""

from katalog.compat import reading
from katalog.compat.asking import Asking, Headers
from katalog.compat.parts.directory import PATH
from katalog.compat.shape import Differs, Unseen

NO_BEARER = "no token was given (--token)"
NO_QUERY = "puts the password into a URL: only with --query-credentials"

_SCRIPT = (("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Dest", "empty"))


async def authentication(asking: Asking) -> None:
    asking.part("Authentication")
    credentials = asking.credentials
    with asking.line("Authorization: Bearer opens, with every request"):
        if not credentials.token:
            raise Unseen(NO_BEARER)
        await _opens(asking, credentials.bearer)
    with asking.line("Authorization: Basic opens, with every request"):
        need_password(asking)
        await _opens(asking, credentials.basic)
    with asking.line("?username=&password= open instead of a header"):
        if not asking.options.query_credentials:
            raise Unseen(NO_QUERY)
        need_password(asking)
        reading.whole_array(await asking.get(f"{PATH}?{credentials.query}", ()))
    await _refused(asking)


async def _opens(asking: Asking, headers: Headers) -> None:
    """Twice, as a program that polls: a server may know the second request from the first."""
    for _ in range(2):
        answer = await asking.get(PATH, headers)
        if answer.status == 401 and headers == asking.credentials.basic:
            asking.refuses_password = True
        reading.whole_array(answer)


def need_password(asking: Asking) -> None:
    """Raises Unseen if there is none, or it was refused once: that is counted, and may shut somebody out."""
    if not asking.credentials.has_password:
        raise Unseen("no user name and password were given (--username)")
    if asking.refuses_password:
        raise Unseen("the password is refused")


async def _refused(asking: Asking) -> None:
    refused = await asking.get(PATH, ())
    with asking.line("without credentials it is 401 with a message"):
        reading.message(refused, 401)
    with asking.line("401 has two lines WWW-Authenticate, Basic first"):
        if refused.status != 401:
            raise Unseen("no 401 came")
        schemes = reading.challenges(refused)
        if len(schemes) != 2 or schemes[0] != "basic":
            raise Differs("two lines, Basic first", ", ".join(schemes) or "none")
    script = await asking.get(PATH, _SCRIPT)
    with asking.line("a page's own script is offered no Basic, for which browsers open a dialog"):
        reading.status(script, 401)
        if "basic" in reading.challenges(script):
            raise Differs("another scheme alone", "Basic")
    asking.leave(["401 is for credentials only; an inner fault is 503 with Retry-After"], "needs a fault in the server")
