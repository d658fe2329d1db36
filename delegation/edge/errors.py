"""What can go wrong with a stream, split by what is done about it."""


class Lost(Exception):
    """The stream is not there, or ended: what is known stays true for as long as it may be old."""

    def __init__(self, reason: str, *, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait
        """Seconds that the issuer asks to wait."""


class Ended(Lost):
    """The issuer ended the stream, as it does from time to time: one goes on at once."""


class Contradictory(Exception):
    """What was told means nothing, or contradicts what was told before: nothing is believed, and all begins anew."""


class Gone(Exception):
    """The service may follow no longer: nothing is decided on what it knows."""
