"""Which content coding a reader takes (RFC 9110, sections 12.4.2 and 12.5.3)."""

import functools
import re

_WEIGHT = re.compile(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)


@functools.lru_cache(256)
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether gzip is named, and nothing says that the plain text is liked better.

    A reader who says nothing, or only `*`, gets the plain text: many who do not unpack say so. A weight that
    cannot be read refuses its coding.
    """
    weights: dict[str, float] = {}
    for element in accept_encoding.lower().split(","):
        coding, *parameters = element.split(";")
        weights[coding.strip()] = _weight(parameters)
    plain = weights.get("identity")
    gzip = max(weights.get("gzip", 0.0), weights.get("x-gzip", 0.0))
    if plain == 0.0 and not {"gzip", "x-gzip"} & weights.keys():
        gzip = weights.get("*", 0.0)
    return gzip > 0.0 and (plain is None or gzip >= plain)


def _weight(parameters: list[str]) -> float:
    if not parameters:
        return 1.0
    found = _WEIGHT.fullmatch(parameters[0]) if len(parameters) == 1 else None
    return float(found[1]) if found else 0.0
