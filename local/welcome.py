"""What `make run` prints: the addresses, and commands that can be copied."""

from local.first_data import ACCOUNT, PRICE
from local.home import Home
from local.stack import Running

TEMPLATE = """
Makegood runs ({seconds:.1f} s). Stop it with Ctrl-C; its state is kept in {home}.
{moved}
  API            {api}
  tokens         POST {tokens}
  Paddle         {paddle}  (a stand-in)
  the studio     {studio}  (a stand-in)
  AWS            {aws}  (MiniStack, region {region}, any credentials)
  all of this    {stack_json}

A customer looks at the balance and the history:

  TOKEN=$(curl -s {tokens} -d '{{"scope": "account", "account_id": "{account}"}}' | cut -d'"' -f4)
  curl -s {api}/v1/me -H "Authorization: Bearer $TOKEN"
  curl -s {api}/v1/me/transactions -H "Authorization: Bearer $TOKEN"

The studio charges a job, and reports that it failed:

  STUDIO=$(curl -s {tokens} -d '{{"scope": "jobs"}}' | cut -d'"' -f4)
  curl -s -X PUT {api}/v1/jobs/job_1 -H "Authorization: Bearer $STUDIO" \\
    -H 'Content-Type: application/json' -d '{{"account_id": "{account}", "credits": 40}}'
  curl -s {aws} -H 'X-Amz-Target: AmazonSQS.SendMessage' \\
    -H 'Content-Type: application/x-amz-json-1.0' -d @- <<'END'
  {{"QueueUrl": "{job_events}",
   "MessageBody": "{{\\"version\\": 1, \\"type\\": \\"job.failed\\", \\"job_id\\": \\"job_1\\",
    \\"occurred_at\\": \\"2026-11-22T10:00:00Z\\",
    \\"failure\\": {{\\"code\\": \\"provider_503\\"}}}}"}}
END

Somebody buys credits at Paddle:

  curl -s {paddle}/_local/purchases -d '{{"account_id": "{account}", "price_id": "{price}"}}'

The whole story:  make demo
"""


def text(now: Running, home: Home, seconds: float) -> str:
    told = now.description
    moved = "".join(f"\n  Port taken: {part} is on {port}.\n" for part, port in now.moved.items())
    return TEMPLATE.format(
        seconds=seconds,
        home=home.folder,
        moved=moved,
        api=told["api"],
        tokens=told["tokens"],
        paddle=told["paddle"]["api"],
        studio=told["studio"]["api"],
        aws=told["aws_endpoint"],
        region=told["region"],
        stack_json=home.stack_json,
        account=ACCOUNT,
        price=PRICE,
        job_events=told["queues"]["job_events"],
    )
