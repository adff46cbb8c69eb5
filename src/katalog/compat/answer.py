"""What came back for a request, as it was on the wire."""

import msgspec


class Answer(msgspec.Struct, frozen=True):
    """`headers` in their order, names in lower case; `status` is 0 if none came, and `fault` then says why."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    fault: str = ""

    def all(self, name: str) -> list[str]:
        """The lines of a header."""
        return [value for given, value in self.headers if given == name]

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    @property
    def is_json(self) -> bool:
        """Whether it calls itself so, or looks so."""
        return "json" in self.first("content-type").lower() or self.body.lstrip()[:1] in (b"{", b"[")
