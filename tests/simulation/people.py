"""Those who look at what a machine could not settle, and what the studio's customers do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from makegood.domain.adjustment import REJECTED
from makegood.domain.breaker import Breaker
from makegood.domain.case import ASKED_FOR, Case
from makegood.domain.facts import Decide
from makegood.domain.job import ChargeRequest
from makegood.domain.payout import Payout, PayoutState, payout_in
from makegood.errors import MakegoodError, RefusedError
from makegood.ledger.store import Ledger
from makegood.plans.cases.deciding import decide_case
from makegood.plans.cases.verdicts import Choice, Word
from makegood.plans.duplicate_evidence import Rules
from makegood.plans.jobs import charge_job, end_job
from makegood.plans.money.by_hand import Remedy, handle_payout, resume_payouts
from makegood.policy.versions import PUBLISHED
from tests.ends import failed
from tests.simulation.aws import Memory
from tests.simulation.chance import Chance
from tests.simulation.paddle import PaddleSide
from tests.simulation.runs import Run
from tests.simulation.starts import ACCOUNT
from tests.simulation.timeline import Timeline

ACTS_MAX = 6
"""So often they act in one story. Then what is left needs a person, and stays."""

REVIEWER = "rita"

SELDOM = (True, False, False, False, False, False)

LOOKED_AT = (PayoutState.PERSON, PayoutState.REQUESTED)


@dataclass(slots=True)
class People:
    timeline: Timeline
    chance: Chance
    paddle: PaddleSide
    memory: Memory
    ledger: Ledger
    acts: int = 0
    jobs: int = field(default=0)

    def look(self) -> bool:
        """Whether somebody opens the list of what needs a person."""
        looks = self._is_needed() and self.chance.happens("people: look at what needs them")
        if looks:
            self._run("people", self._see_to_all)
        return looks

    def _is_needed(self) -> bool:
        """A breaker is closed however much there was to do: nothing goes on without."""
        if any(one.is_open for one in self.memory.records(Breaker, "PAYOUT_BREAKER")):
            return True
        return self.acts < ACTS_MAX and (
            any(one.state in LOOKED_AT for one in self.memory.records(Payout, "PAYOUT"))
            or any(is_reopened(case) for case in self.memory.records(Case, "CASE"))
        )

    def _run(self, name: str, work: Callable[[], None]) -> None:
        run = Run(name, self.timeline, self.chance)
        self.timeline.start(run, work)

    def _see_to_all(self) -> None:
        self._close_breaker()
        if self.acts >= ACTS_MAX:
            return
        for payout in self.memory.records(Payout, "PAYOUT"):
            if payout.state is PayoutState.PERSON:
                self._see_to_payout(payout)
            elif payout.state is PayoutState.REQUESTED and self.chance.choice(SELDOM):
                self._handle(payout, Remedy.GIVE_UP)
        for case in self.memory.records(Case, "CASE"):
            if is_reopened(case):
                self._see_to_case(case)

    def _close_breaker(self) -> None:
        for breaker in self.memory.records(Breaker, "PAYOUT_BREAKER"):
            if breaker.is_open:
                self.chance.saw("breaker: open")
                self._do(
                    "closed the breaker",
                    resume_payouts(self._rules, author=REVIEWER, reason="Seen."),
                )

    def _see_to_payout(self, payout: Payout) -> None:
        """They look at Paddle's own pages first. What is there, its webhook will settle."""
        found = [
            one
            for one in self.paddle.adjustments([payout.transaction_id])
            if payout_in(one["reason"]) == payout.payout_id and one["status"] != REJECTED
        ]
        choice = self.chance.choice((None, Remedy.SEND_AGAIN, Remedy.SEND_AGAIN, Remedy.GIVE_UP))
        if found or choice is None:
            return
        self._handle(payout, choice)

    def _handle(self, payout: Payout, remedy: Remedy) -> None:
        decision = handle_payout(
            payout.payout_id, remedy, self._rules, author=REVIEWER, note="Looked at Paddle."
        )
        self._do("sent again" if remedy is Remedy.SEND_AGAIN else "gave up", decision)

    def _see_to_case(self, case: Case) -> None:
        choice = self.chance.choice((None, Choice.APPROVE, Choice.APPROVE, Choice.DECLINE))
        if choice is None:
            return
        amount = None
        if choice is Choice.APPROVE and case.money is not None:
            amount = self.chance.choice((None, None, case.money.amount_minor, 100))
        word = Word(choice, REVIEWER, case.version, note="Looked again.", amount=amount)
        decision = decide_case(case.case_id, word, policies=PUBLISHED, now=self.timeline.now)
        approves = choice is Choice.APPROVE
        self._do("approved anew" if approves else "declined anew", decision)

    def _do(self, what: str, decision: Decide[Any]) -> None:
        self.acts += 1
        run: Run = self.timeline.run
        try:
            self.ledger.decide(decision, time_left=lambda: 60.0)
        except RefusedError as refusal:
            run.note(what, "refused", refusal)
        else:
            run.note(what)
            self.chance.saw(f"people: {what}")

    @property
    def _rules(self) -> Rules:
        return Rules(PUBLISHED, ZoneInfo, self.timeline.now)

    def charge_and_fail(self) -> None:
        """The customer makes something meanwhile, and gets nothing."""
        self.jobs += 1
        job_id = f"job_meanwhile_{self.jobs}"
        self._run("studio", partial(self._charge_and_fail, job_id))

    def _charge_and_fail(self, job_id: str) -> None:
        run: Run = self.timeline.run
        request = ChargeRequest(ACCOUNT, int(self.chance.between(1, 900)))
        charged = charge_job(job_id, request, policies=PUBLISHED, now=self.timeline.now)
        try:
            self.ledger.decide(charged, time_left=lambda: 60.0)
        except RefusedError as refusal:
            run.note(job_id, type(refusal).__name__)
            return
        run.wait(self.chance.between(1, 900))
        end = end_job(
            failed("provider_503", job_id, at=self.timeline.now),
            policies=PUBLISHED,
            now=self.timeline.now,
        )
        try:
            self.ledger.decide(end, time_left=lambda: 60.0)
        except MakegoodError as error:
            raise AssertionError(f"{job_id} did not get its credits back") from error


def is_reopened(case: Case) -> bool:
    """Its money was approved, and did not come."""
    return case.is_open and case.category in ASKED_FOR and case.approvals > 0
