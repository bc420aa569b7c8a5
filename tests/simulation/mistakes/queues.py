"""Mistakes in how messages are worked off."""

from collections.abc import Mapping, Sequence
from typing import Any

from makegood import batch
from makegood.batch import Worked, work_off
from makegood.effects.dead_letters import DeadLetters
from makegood.errors import BrokenDecisionError, MakegoodError, PermanentError
from tests.simulation.mistakes.planting import Mistake, Patch, calling, everywhere


def confirms_the_whole_batch(patch: Patch) -> None:
    """Errors are logged and caught; the function itself has done its work."""
    patch.setattr(Worked, "response", lambda _self: {"batchItemFailures": []})


def stops_at_the_first_error(patch: Patch) -> None:
    """One message fails, and the run ends: what failed is named, and what came behind it is not."""

    def until(event: Mapping[str, Any], *given: Any, **more: Any) -> Worked[Any]:
        whole: Worked[Any] = Worked()
        for record in event["Records"]:
            part = work_off({"Records": [record]}, *given, **more)
            whole.outcomes += part.outcomes
            whole.buried += part.buried
            if part.again or part.buried:
                whole.again += part.again
                break
        return whole

    everywhere(patch, work_off, until)


def drops_what_it_cannot_read(patch: Patch) -> None:
    """Nonsense can never be applied, so it is gone."""
    end = batch._end

    def readable(failed: Any, worked: Any, dead_letters: Any) -> None:
        end(
            [(m, error) for m, error in failed if not isinstance(error, PermanentError)],
            worked,
            dead_letters,
        )

    patch.setattr(batch, "_end", readable)


def drops_what_it_cannot_do_at_once(patch: Patch) -> None:
    """The ledger was busy. Somebody else was at it, so it is done."""
    end = batch._end

    def lasting(failed: Any, worked: Any, dead_letters: Any) -> None:
        end(
            [(m, error) for m, error in failed if isinstance(error, PermanentError)],
            worked,
            dead_letters,
        )

    patch.setattr(batch, "_end", lasting)


def takes_a_batch_as_sent(patch: Patch) -> None:
    """SendMessageBatch has answered 200, so all of it is in the queue."""

    def read(answer: dict[str, Any]) -> dict[str, Any]:
        both = [*answer["Successful"], *answer["Failed"]]
        return {"Successful": both, "Failed": []}

    calling(patch, "SendMessageBatch", read=read)


def confirms_what_is_not_buried(patch: Patch) -> None:
    """A message that fails is sent to the dead letters, and with that it is done."""
    bury = DeadLetters.bury

    def buried(self: DeadLetters, letters: Sequence[Any]) -> set[str]:
        bury(self, letters)
        return set()

    patch.setattr(DeadLetters, "bury", buried)


def one_bad_message_spoils_its_batch(patch: Patch) -> None:
    """What cannot be read raises, and the batch comes again; in the end SQS moves it away."""

    def all_or_none(event: Any, decision_on: Any, **more: Any) -> Worked[Any]:
        def read(message: Any) -> Any:
            try:
                return decision_on(message)
            except PermanentError as error:
                raise BrokenDecisionError("the batch cannot be read") from error

        try:
            return work_off(event, read, **more)
        except MakegoodError:
            return Worked(again=[record["messageId"] for record in event["Records"]])

    everywhere(patch, work_off, all_or_none)


MISTAKES: tuple[Mistake, ...] = (
    confirms_the_whole_batch,
    stops_at_the_first_error,
    drops_what_it_cannot_read,
    drops_what_it_cannot_do_at_once,
    takes_a_batch_as_sent,
    confirms_what_is_not_buried,
    one_bad_message_spoils_its_batch,
)
