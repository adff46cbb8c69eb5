"""What holds of every answer, looked for in all that came."""

from collections.abc import Sequence

from katalog.compat import reading
from katalog.compat.answer import Answer
from katalog.compat.asking import Asking
from katalog.compat.shape import Unseen


def whole(asking: Asking) -> None:
    asking.part("Every answer")
    answers = [answer for answer in asking.answers if answer.status]
    with asking.line("none is a redirect"):
        reading.none_redirects(answers)
    with asking.line("success is 200: never 201, 202, 204"):
        reading.success_is_200(answers)
    with asking.line("JSON is application/json; charset=utf-8"):
        _typed([answer for answer in answers if answer.is_json and answer.status < 300], "no JSON came")
    with asking.line("that of errors, too"):
        _typed([answer for answer in answers if answer.status >= 400], "no error came")
    with asking.line("nobody is told to wait (429), and nothing fails (5xx)"):
        reading.none_fails(answers)


def _typed(answers: Sequence[Answer], otherwise: str) -> None:
    if not answers:
        raise Unseen(otherwise)
    for answer in answers:
        reading.content_type(answer)
