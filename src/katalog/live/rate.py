"""How often something happens, over the last minute."""

SECONDS = 60


class Rate:
    """Counts by the second, a minute of them, however often it happens."""

    def __init__(self) -> None:
        self._counts = [0] * SECONDS
        self._second = 0

    def note(self, now: float) -> None:
        """Once more; `now` in Unix seconds."""
        second = int(now)
        if second != self._second:
            self._pass(second)
        self._counts[second % SECONDS] += 1

    def at(self, now: float) -> float:
        """Times a second. The second that is under way is among the sixty."""
        self._pass(int(now))
        return sum(self._counts) / SECONDS

    def _pass(self, second: int) -> None:
        """Forgets what is older than a minute; everything, if the clock was set back."""
        passed = second - self._second if second >= self._second else SECONDS
        for each in range(min(passed, SECONDS)):
            self._counts[(second - each) % SECONDS] = 0
        self._second = second
