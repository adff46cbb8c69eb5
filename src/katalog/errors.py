"""Every error that katalog raises on purpose.

    KatalogError
    ├── SettingsError        a setting is wrong: file, line and key in the sentence
    ├── LinkError            a telephone system cannot be reached, refuses, or has gone away
    ├── ServerError          the server cannot start
    ├── StoreError           the database cannot be used
    ├── SourceError          a file of people cannot be read at all
    ├── OutgoingError        something that katalog fetches or sends does not come or go through
    └── RequestError         what somebody asked for cannot be done; has an HTTP status
        ├── Invalid          a field has a wrong value                                422
        ├── BadRequest       the request cannot be understood                         400
        ├── NotDone          a call or message was not placed, for the reason given   400
        ├── Unauthenticated  missing, wrong, expired or revoked credentials           401
        ├── Forbidden        known, but not allowed                                   403
        ├── NotFound         no such thing, or not for this reader                    404
        ├── NotAllowed       the method does not exist here                           405
        ├── Conflict         it would clash with something that exists                409
        ├── Stale            it has been changed since it was read                    412
        ├── TooLarge         the body is larger than is read here                     413
        ├── OutOfRange       the part that is asked for is not there                  416
        ├── TooMany          slow down                                                429
        └── Unavailable      an inner fault, or a part that is away; try again        503

Each has a stable `id`, documented in docs/api.md, and a sentence in Swedish and in English.
"""

from typing import ClassVar, Self


class KatalogError(Exception):
    """Base of all; `id` is stable and may be relied on by programs."""

    id: ClassVar[str] = "error"


class SettingsError(KatalogError):
    id = "settings"


class LinkError(KatalogError):
    """`reason` is for the log and for readers of `/api/pbx`, `advice` for whoever can mend it; `reason_sv` and
    `advice_sv` are the same in Swedish.

    `silence` is how many seconds nothing had been heard when the loss was found: calls are withdrawn
    counted from the last word, not from the moment that somebody noticed. `refused`: nobody was there to be asked, so
    that it may be tried often.
    """

    id = "link"

    def __init__(
        self,
        reason: str,
        advice: str = "",
        advice_sv: str = "",
        *,
        reason_sv: str = "",
        silence: float = 0.0,
        refused: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.reason_sv = reason_sv
        self.advice = advice
        self.advice_sv = advice_sv
        self.silence = silence
        self.refused = refused


class ServerError(KatalogError):
    """The sentence says why, and what to do."""

    id = "server"


class StoreError(KatalogError):
    id = "store"


class SourceError(KatalogError):
    """`sv` and `en` are the sentence; `of` puts the name of the file before it, and what came of it after it."""

    id = "source"

    def __init__(self, sv: str, en: str) -> None:
        super().__init__(en)
        self.sv, self.en = sv, en

    def of(self, name: str, sv: str = "", en: str = "") -> Self:
        return type(self)(f"{name}: {self.sv}{sv}", f"{name}: {self.en}{en}")


class OutgoingError(KatalogError):
    """`sv` and `en` are the reason, a sentence that holds nothing of the URL. `unsent`: no request had gone out yet."""

    id = "outgoing"

    def __init__(self, sv: str, en: str, *, unsent: bool = False) -> None:
        super().__init__(en)
        self.sv, self.en, self.unsent = sv, en, unsent


class RequestError(KatalogError):
    """`message(language)` is the sentence for a person, `field` what it is about."""

    id = "request"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "Bad request"
    sv: ClassVar[str] = "Begäran kan inte utföras."
    en: ClassVar[str] = "The request cannot be carried out."

    def __init__(self, sv: str = "", en: str = "", *, field: str | None = None) -> None:
        self.texts = {"sv": sv or self.sv, "en": en or self.en}
        self.field = field
        super().__init__(self.texts["en"])

    def message(self, language: str) -> str:
        return self.texts.get(language, self.texts["en"])

    @property
    def headers(self) -> list[tuple[str, str]]:
        """What the answer says in its header beside the status."""
        return []


class Invalid(RequestError):
    id = "invalid"
    status = 422
    title = "Invalid value"

    def __init__(self, field: str, sv: str, en: str) -> None:
        super().__init__(f"{field}: {sv}", f"{field}: {en}", field=field)
        self.reasons = {"sv": sv, "en": en}


class BadRequest(RequestError):
    id = "bad-request"
    sv = "Begäran kan inte tolkas."
    en = "The request cannot be understood."


class NotDone(RequestError):
    """Of the v1 family: programs show the sentence, and do not ask again, as they would after another status."""

    id = "not-done"
    title = "Not done"


class Unauthenticated(RequestError):
    id = "unauthenticated"
    status = 401
    title = "Authentication required"
    sv = "Inloggning krävs: uppgifterna saknas, är fel eller gäller inte längre."
    en = "Authentication is required: the credentials are missing, wrong or no longer valid."


class Forbidden(RequestError):
    id = "forbidden"
    status = 403
    title = "Forbidden"
    sv = "Det har du inte behörighet till."
    en = "You are not allowed to do that."


class CrossSite(Forbidden):
    id = "cross-site"
    sv = "Begäran kom från en annan webbplats sida."
    en = "The request came from another site's page."


class NotFound(RequestError):
    id = "not-found"
    status = 404
    title = "Not found"
    sv = "Det finns inte."
    en = "There is no such thing."


class NotAllowed(RequestError):
    id = "method-not-allowed"
    status = 405
    title = "Method not allowed"

    def __init__(self, allowed: str) -> None:
        super().__init__(f"Här går bara: {allowed}.", f"Only these work here: {allowed}.")
        self.allowed = allowed

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [("allow", self.allowed)]


class Conflict(RequestError):
    id = "conflict"
    status = 409
    title = "Conflict"


class Stale(RequestError):
    id = "stale"
    status = 412
    title = "Changed by somebody else"
    sv = "Någon annan har ändrat detta sedan du läste det. Läs det igen och gör om ändringen."
    en = "Somebody else has changed this since you read it. Read it again and repeat your change."


class TooLarge(RequestError):
    id = "too-large"
    status = 413
    title = "Too large"
    sv = "Innehållet är för stort."
    en = "The body is too large."


class OutOfRange(RequestError):
    """`size` is how many bytes there are."""

    id = "out-of-range"
    status = 416
    title = "Range not satisfiable"

    def __init__(self, size: int) -> None:
        super().__init__(f"Det finns bara {size} byte.", f"There are only {size} bytes.")
        self.size = size

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [("content-range", f"bytes */{self.size}")]


class TooMany(RequestError):
    """`retry_after` in whole seconds."""

    id = "too-many"
    status = 429
    title = "Too many requests"

    def __init__(self, retry_after: int, sv: str = "", en: str = "") -> None:
        super().__init__(
            sv or f"För många misslyckade försök. Försök igen om {retry_after} sekunder.",
            en or f"Too many failed attempts. Try again in {retry_after} seconds.",
        )
        self.retry_after = retry_after

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [("retry-after", str(self.retry_after))]


class Unavailable(RequestError):
    id = "unavailable"
    status = 503
    title = "Temporarily unavailable"
    sv = "Ett inre fel hindrade svaret. Försök igen om en stund."
    en = "An inner fault prevented the answer. Try again in a while."

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [("retry-after", "5")]
