"""What the functions find in their environment, beside where AWS is."""

import json

from bench import worlds

QUEUES = "https://sqs.eu-west-1.amazonaws.com/123456789012/"

AWS = {
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_SESSION_TOKEN": "bench" * 100,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "LAMBDA_TASK_ROOT": "/var/task",
    # Not one of the traced calls in twenty: the tracer then has little to do.
    "_X_AMZN_TRACE_ID": (
        "Root=1-6720e000-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=0"
    ),
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
}
SETTINGS = {
    "product": {
        "MAKEGOOD_TABLE": worlds.TABLE,
        "MAKEGOOD_PADDLE_EVENTS_QUEUE_URL": QUEUES + "paddle-events",
        "MAKEGOOD_PADDLE_EVENTS_DEAD_LETTERS_URL": QUEUES + "dead-letters",
        "MAKEGOOD_JOB_EVENTS_DEAD_LETTERS_URL": QUEUES + "dead-letters",
        "MAKEGOOD_WEBHOOK_SECRET_ARN": worlds.SECRET_ARN,
        "MAKEGOOD_CURSOR_SECRET_ARN": worlds.SECRET_ARN,
        "MAKEGOOD_STAGE": "bench",
        "MAKEGOOD_POLICY": "published",
    },
    "textbook": {
        "ACCOUNTS_TABLE": "accounts",
        "JOBS_TABLE": "jobs",
        "HISTORY_TABLE": "history",
        "IDEMPOTENCY_TABLE": "idempotency",
        "WEBHOOK_SECRET_NAME": worlds.TEXTBOOK_SECRET,
        "CREDITS_BY_PRICE": json.dumps({worlds.PRICE: 1000}),
        "POWERTOOLS_LOG_LEVEL": "INFO",
    },
}
