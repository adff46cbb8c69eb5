"""Which of one's own each of several takes, so that as many as possible have one."""

from collections.abc import Sequence


def matched(wishes: Sequence[Sequence[int]], own: Sequence[Sequence[int]] = ()) -> list[int | None]:
    """What each has of what it wishes, its dearest first; None where nothing is left for it (Kuhn's algorithm).

    Those who come first have first choice, and give way only to something else that they wish. `own` is what each may
    have before anybody has anything else.
    """
    owners: dict[int, int] = {}
    has_own = matched(own) if own else []
    owners.update((wish, wisher) for wisher, wish in enumerate(has_own) if wish is not None)

    def finds(wisher: int, tried: set[int]) -> bool:
        for wish in wishes[wisher]:
            if wish not in owners:
                owners[wish] = wisher
                return True
        for wish in wishes[wisher]:
            if wish not in tried:
                tried.add(wish)
                if finds(owners[wish], tried):
                    owners[wish] = wisher
                    return True
        return False

    for wisher in range(len(wishes)):
        if wisher >= len(has_own) or has_own[wisher] is None:
            finds(wisher, set())
    has = {wisher: wish for wish, wisher in owners.items()}
    return [has.get(wisher) for wisher in range(len(wishes))]
