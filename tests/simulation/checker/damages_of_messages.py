"""Damages of deliveries, messages, dead letters and logs."""

from dataclasses import replace

from tests.simulation.checker.damaging import End, damage
from tests.simulation.witness import Buried, Delivery, Sent


@damage("I15")
def an_early_2xx(end: End) -> bool:
    end.witness.deliveries.append(Delivery(1.0, "evt_1", is_good=True, status=200, queued=False))
    return True


@damage("I15")
def a_forged_webhook_that_was_taken(end: End) -> bool:
    end.witness.deliveries.append(Delivery(1.0, "evt_1", is_good=False, status=200, queued=True))
    return True


@damage("I16")
def a_message_that_is_gone(end: End) -> bool:
    if end.witness.done:
        end.witness.done.discard(min(end.witness.done))
    return bool(end.witness.done)


@damage("I16")
def a_message_of_which_nothing_came(end: End) -> bool:
    parked = [place for place in end.items if place[0].startswith("EVENT#")]
    for place in parked:
        del end.items[place]
    return bool(parked)


@damage("I16")
def a_step_that_was_never_told(end: End) -> bool:
    told = len(end.witness.events)
    end.witness.events = []
    return bool(told)


@damage("I16", "I27")
def a_letter_that_does_not_say_why(end: End) -> bool:
    end.witness.buried.append(Buried(1.0, "payouts", 0, "{}", "RejectedEventError", None))
    return True


@damage("I17")
def a_message_that_still_waits(end: End) -> bool:
    if end.witness.done:
        place = min(end.witness.done)
        end.witness.done.discard(place)
        end.witness.waiting.add(place)
    return bool(end.witness.waiting)


@damage("I17")
def a_story_that_never_settles(end: End) -> bool:
    end.witness.settled = False
    return True


@damage("I27")
def a_secret_in_a_log(end: End) -> bool:
    end.witness.logs.append(f'{{"event": "oops", "key": "{end.witness.secrets[0]}"}}')
    return True


@damage("I27")
def an_address_in_a_dead_letter(end: End) -> bool:
    for event in end.witness.paddle_events:
        if event["event_type"].startswith("customer."):
            reason = f"unknown: {event['data']['email']}"
            end.witness.buried.append(Buried(1.0, "payouts", 0, "{}", "KeyError", reason))
            return True
    return False


@damage("I27")
def a_customers_words_in_a_log(end: End) -> bool:
    for call in end.witness.calls:
        if call.path == "/v1/me/cases" and call.method == "POST":
            end.witness.logs.append(f'{{"event": "filed", "text": "{call.body["description"]}"}}')
            return True
    return False


@damage("I27")
def a_card_in_a_message(end: End) -> bool:
    for number, sent in enumerate(end.witness.sent):
        if sent.queue == "paddle_events" and (sent.queue, sent.number) in end.witness.done:
            body = sent.body[:-1] + ',"card":{"last4":"4242"}}'
            end.witness.sent[number] = replace(sent, body=body)
            end.witness.buried.append(Buried(1.0, sent.queue, 0, body, "KeyError", "odd"))
            return True
    return False


@damage("I15", "I16")
def a_forged_webhook_that_was_queued(end: End) -> bool:
    body = '{"event_id": "evt_forged"}'
    forged = Delivery(1.0, "evt_forged", is_good=False, status=401, queued=True)
    end.witness.deliveries.append(forged)
    end.witness.sent.append(Sent(1.0, "paddle_events", 9999, body, "paddle_webhook"))
    return True
