"""The signature's header: its form, and whether it proves the body."""

from makegood.errors import SignatureError, SignatureMismatchError
from makegood.paddle.signature import verify_signature
from tests.fuzzing.oracles import signed_by
from tests.fuzzing.outcomes import outcomes
from tests.webhooks import NOW, NOW_SECONDS, OTHER_SECRET, SECRET

SECRETS = (SECRET, OTHER_SECRET)


def judge(data: bytes) -> None:
    """A signature is taken, taken for another's or refused as by a reader in plain steps."""
    first, _, body = data.partition(b"\n")
    text = first.decode("utf-8", "surrogateescape")
    try:
        verify_signature(text, body, SECRETS, now=NOW)
        found: bool | None = True
        came = "accepted h1"
    except SignatureMismatchError as error:
        found, came = False, str(error)
    except SignatureError as error:
        found, came = None, str(error)
    # The expressions that read it are compiled: its shape is what there is to see.
    outcomes.came_to(f"{came}, {min(text.count('h1='), 6)}")
    assert found is signed_by(text, body, SECRETS, NOW_SECONDS)
