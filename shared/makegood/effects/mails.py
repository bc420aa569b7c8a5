"""E-mails by SES: plain text to one address, which is in no log line and in no error."""

from makegood.aws import Caller
from makegood.errors import AwsRefusedError, EffectRefusedError

ATTEMPTS = 2
READ_SECONDS = 5
"""A mail whose answer is lost goes out again: so a slow answer is rather waited for."""

SECONDS_MAX = 15
"""Longer than a mail takes at worst."""

_REFUSING = frozenset(
    {
        "AccessDeniedException",
        "AccountSuspendedException",
        "BadRequestException",
        "MailFromDomainNotVerifiedException",
        "MessageRejected",
        "NotFoundException",
        "SendingPausedException",
    }
)
"""A bad address, or what only a person can mend and not at once: no payout waits for that."""


class Mails:
    """Mails from one address. Each may arrive twice."""

    def __init__(self, ses: Caller, sender: str) -> None:
        self._ses = ses
        self._sender = sender

    def send(self, address: str, *, subject: str, text: str) -> None:
        """Raises EffectRefusedError for a mail that will never be taken.

        AwsRefusedError and AwsUnreachableError may pass.
        """
        mail = {
            "FromEmailAddress": self._sender,
            "Destination": {"ToAddresses": [address]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": subject, "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": text, "Charset": "UTF-8"}},
                }
            },
        }
        try:
            self._ses.post("v2/email/outbound-emails", mail)
        except AwsRefusedError as error:
            if error.code not in _REFUSING:
                raise
            raise EffectRefusedError(f"SendEmail: {error.code}") from None
