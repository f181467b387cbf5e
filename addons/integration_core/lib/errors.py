"""What a handler raises to say how a failure must be treated."""


class IntegrationError(Exception):
    """Base of the three kinds; raise one of those.

    :param text: a sentence for the person who has to act, without secrets.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class RetryableError(IntegrationError):
    """The cause passes by itself: try again later.

    :param retry_after_seconds: the least wait the other side asked for, if it did.
    """

    def __init__(self, text: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(text)
        self.retry_after_seconds = retry_after_seconds


class PermanentError(IntegrationError):
    """Trying again cannot help: the delivery goes to the dead letters."""


class BusinessError(IntegrationError):
    """A person has to decide: the delivery is parked under an exception.

    :param kind: code of the ``integration.exception.kind``.
    :param fingerprint: stable key of the root cause; everything with the same kind,
        system and fingerprint lands under one exception. Default: the text.
    :param values: further values for the exception record (field name → value).
    """

    def __init__(
        self,
        text: str,
        *,
        kind: str = "integration_core.refused",
        fingerprint: str | None = None,
        values: dict[str, object] | None = None,
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.fingerprint = fingerprint or text
        self.values = values or {}


class UnmappedCodeError(BusinessError):
    """An external code has no mapping yet; adding it releases the message."""

    def __init__(self, text: str, *, domain: str, external_code: str) -> None:
        super().__init__(
            text,
            kind="integration_core.unmapped_code",
            fingerprint=f"{domain}:{external_code}",
            values={"external_code": external_code},
        )
        self.domain = domain
        self.external_code = external_code


class RehearsedError(IntegrationError):
    """Not a failure: the run was a rehearsal, and everything it did is undone.

    :param text: a sentence about what it would have done.
    :param effects: what it would have written, one plain object per record.
    :param failure: why it would have failed, or "".
    """

    def __init__(
        self, text: str, *, effects: list[dict[str, object]], failure: str = ""
    ) -> None:
        super().__init__(text)
        self.effects = effects
        self.failure = failure
