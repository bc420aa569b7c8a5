"""The errors that this system knows, in one tree.

Callers tell apart two kinds only. A permanent error stays the same however often the work is
repeated: the request is refused, the message goes to the dead letters with its reason. A
transient error may pass: the caller answers 5xx or leaves the message to its redelivery.

    MakegoodError
    ├── PermanentError
    │   ├── SettingsError             the environment lacks what a function needs
    │   │   └── PaddleKeyError        an API key of another side than the one that is called
    │   ├── SignatureError            a webhook that nobody proved to come from Paddle just now
    │   │   └── SignatureMismatchError
    │   ├── RejectedInputError        something that reached us has the wrong form
    │   │   ├── MalformedJsonError
    │   │   │   └── BodyTooLargeError
    │   │   ├── InvalidIdentifierError
    │   │   ├── InvalidTimestampError
    │   │   └── RejectedEventError    well-formed JSON that is no event of ours
    │   ├── RefusedError              the ledger's rules forbid what was asked
    │   │   ├── InsufficientCreditsError
    │   │   ├── AccountFrozenError
    │   │   ├── AccountClosedError
    │   │   ├── BalanceOutOfRangeError
    │   │   ├── IdempotencyConflictError    the same key, for something else
    │   │   ├── PriceUnknownError
    │   │   ├── StaleVersionError           decided on what has changed since
    │   │   ├── NotAllowedError             a person who may not decide this
    │   │   ├── CaseSettledError            a step that a case in this state cannot take
    │   │   ├── AmountRefusedError          more than can be paid back, or nothing
    │   │   ├── AccountInUseError           an open case holds credits of an account to be closed
    │   │   └── UnknownThingError     no such job, purchase, account
    │   ├── ImpossibleMoveError       our own bug: a move that its caller must have ruled out
    │   ├── LedgerDamagedError        what is stored contradicts itself
    │   ├── WriteRefusedError         DynamoDB will never take this write
    │   └── EffectRefusedError        EventBridge or SES will never take what they were given
    └── TransientError
        ├── AwsUnreachableError       no usable answer came back
        ├── AwsRefusedError           an AWS service answered with an error
        ├── PaddleUnreachableError    no usable answer came back from Paddle's API
        ├── PaddleRefusedError        Paddle answered with an error code
        ├── BrokenDecisionError       our own bug, met by this message alone
        ├── NotYetError               what this depends on has not arrived
        ├── LedgerBusyError           others were faster until the time was used up
        ├── LedgerUnavailableError    DynamoDB cannot be reached or refuses us
        ├── SecretUnavailableError    a secret cannot be read, or what it holds cannot be used
        ├── QueueUnavailableError     a message was not accepted by its queue
        └── OutwardError              an address outside may not be called, or gave no usable answer

The text of an error is written for the operator and for dead letters: it names fields, rules and
counts of credits, never other values that somebody sent.
"""


class MakegoodError(Exception):
    """Everything that is raised on purpose here."""


class PermanentError(MakegoodError):
    """Trying again cannot help."""


class TransientError(MakegoodError):
    """The same work may succeed later."""


class SettingsError(PermanentError):
    """A required setting is missing or has no sensible value."""


class PaddleKeyError(SettingsError):
    """An API key that is not one of the side of Paddle that is called. Never shows any of it."""


class SignatureError(PermanentError):
    """Nothing proves that this body came from Paddle. The text is for the log only."""


class SignatureMismatchError(SignatureError):
    """A fresh, well-formed signature that none of the secrets made: one may have been rotated."""


class RejectedInputError(PermanentError):
    """What arrived breaks a stated rule."""


class MalformedJsonError(RejectedInputError):
    """Not the strict JSON that is read here."""


class BodyTooLargeError(MalformedJsonError):
    """More bytes than the door takes."""


class InvalidIdentifierError(RejectedInputError):
    """An id outside the alphabet or length that is accepted."""


class InvalidTimestampError(RejectedInputError):
    """A time that is no RFC 3339 text, has no offset, or lies outside the years 2000 to 2199."""


class RejectedEventError(RejectedInputError):
    """An event or message whose fields are not what its contract says."""


class SecretUnavailableError(TransientError):
    """A secret cannot be read, or its content has not the agreed form."""


class QueueUnavailableError(TransientError):
    """A queue did not confirm that it holds the message."""


class OutwardError(TransientError):
    """An address outside was not called, or its answer is of no use. Its text is `reason`.

    `url_refused`, `scheme_refused`, `port_refused` and `address_refused` are what may not be
    called; `name_unknown`, `unreachable`, `tls_failed`, `timed_out`, `too_large` and
    `broken_answer` are what went wrong on the way.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RefusedError(PermanentError):
    """The ledger's rules forbid it. Nothing has moved."""


class InsufficientCreditsError(RefusedError):
    """Fewer credits are available than the movement takes."""

    def __init__(self, *, available: int, wanted: int) -> None:
        super().__init__(f"{wanted} credits are wanted and {available} are available")
        self.available = available
        self.wanted = wanted

    @property
    def missing(self) -> int:
        return self.wanted - self.available


class AccountFrozenError(RefusedError):
    """Credits of a frozen account cannot be spent."""


class AccountClosedError(RefusedError):
    """A closed account stays closed."""


class BalanceOutOfRangeError(RefusedError):
    """An account would hold more credits, or owe more, than the ledger allows."""


class IdempotencyConflictError(RefusedError):
    """This key has been used, for something else. Somebody should look at it."""


class PriceUnknownError(RefusedError):
    """A purchase has a price that nobody has said the credits of."""


class StaleVersionError(RefusedError):
    """What was decided on has changed since it was read."""


class NotAllowedError(RefusedError):
    """This person may not decide this: who asks for something does not grant it."""


class CaseSettledError(RefusedError):
    """A case in this state cannot take this step."""


class AmountRefusedError(RefusedError):
    """An amount that is nothing, or more than can be paid back."""


class AccountInUseError(RefusedError):
    """An open case holds credits of the account: decide it before the account is closed."""


class UnknownThingError(RefusedError):
    """There is nothing under this id, or nothing that the caller may see."""


class ImpossibleMoveError(PermanentError):
    """A movement that cannot be: its caller has a bug."""


class LedgerDamagedError(PermanentError):
    """Two stored records contradict each other. Somebody must look before anything moves."""


class WriteRefusedError(PermanentError):
    """DynamoDB refuses this write whatever the state of the table: too large, or malformed."""


class EffectRefusedError(PermanentError):
    """EventBridge or SES refuses what it was given, and would refuse it again. Has AWS's code."""


class AwsUnreachableError(TransientError):
    """No usable answer came back. Whether the request was carried out is open."""


class AwsRefusedError(TransientError):
    """AWS answered with an error. Only its codes mean something, never its text."""

    def __init__(
        self, operation: str, code: str, status: int, reasons: list[dict[str, str]]
    ) -> None:
        super().__init__(f"{operation}: {code}")
        self.code = code
        self.status = status
        self.reasons = reasons


class PaddleUnreachableError(TransientError):
    """No usable answer came back. Whether the request was carried out is open."""


class PaddleRefusedError(TransientError):
    """Paddle's answer is an error code; only some of them pass, see `paddle/api_errors.py`."""

    def __init__(
        self, code: str, status: int, retry_after: int | None = None, *, request_id: str = ""
    ) -> None:
        super().__init__(f"{code} (status {status}, request {request_id or 'unknown'})")
        self.code, self.status, self.retry_after = code, status, retry_after


class BrokenDecisionError(TransientError):
    """Our own bug. The next release may know better, so the message is tried again."""


class NotYetError(TransientError):
    """Something else has to arrive first."""


class LedgerBusyError(TransientError):
    """Others changed the same account each time, until the time was used up."""


class LedgerUnavailableError(TransientError):
    """DynamoDB gave no usable answer."""
