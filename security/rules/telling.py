# ruff: noqa
# What the rules of telling.yaml find (ruleid) and let pass (ok).


def tell(message, request, error):
    # ruleid: printed
    print(message)
    # ruleid: printed
    sys.stdout.write(message.id)
    # ruleid: printed
    logging.info(message.id)
    # ruleid: contents-told
    log("message.refused", body=message.body)
    # ruleid: contents-told
    log("message.refused", why=message.body)
    # ruleid: contents-told
    log("case.filed", case_id=request.case_id, email=request.email)
    # ruleid: contents-told
    log("case.filed", what=description)
    # ok: contents-told, printed
    log("message.refused", message_id=message.id, why=str(error))


def work(message):
    try:
        decide(message)
    except Exception as bug:
        # ruleid: text-of-a-bug-told
        log("decision.broken", why=str(bug))
        # ruleid: text-of-a-bug-told
        raise BrokenDecisionError(f"an error: {bug}")
    try:
        decide(message)
    except Exception as bug:
        # ok: text-of-a-bug-told
        log("decision.broken", error=type(bug).__name__)


def try_all(messages):
    # ruleid: mistake-swallowed
    try:
        decide(messages)
    except Exception:
        pass
    # ruleid: mistake-swallowed
    try:
        decide(messages)
    except Exception as bug:
        return []
    # ruleid: mistake-swallowed
    try:
        decide(messages)
    except:
        return []
    # ok: mistake-swallowed
    try:
        decide(messages)
    except Exception as bug:
        log("decision.broken", error=type(bug).__name__)
    # ok: mistake-swallowed
    try:
        decide(messages)
    except Exception as bug:
        failed.append((message, broken(bug)))
    # ok: mistake-swallowed
    try:
        decide(messages)
    except MakegoodError:
        return []


# ruleid: queue-handler-answers-nothing
def lambda_handler(event, context) -> None:
    worked = work_off(event, end_of_job, ledger=ledger(), dead_letters=letters())
    tell(worked.outcomes)


# ruleid: queue-handler-answers-nothing
def lambda_handler(event, context) -> BatchResponse:
    worked = work_singly(event, pay, dead_letters=letters())
    return {"batchItemFailures": []}


# ruleid: queue-handler-answers-nothing
def lambda_handler(event, context):
    relayed = relay(event, senders())
    return relayed.response()


# ok: queue-handler-answers-nothing
def lambda_handler(event, context) -> BatchResponse:
    worked = work_off(event, end_of_job, ledger=ledger(), dead_letters=letters())
    tell(worked.outcomes)
    return worked.response()
