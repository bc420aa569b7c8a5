"""How the figures are taken: told in the results' file, beside them."""

HOW = {
    "cold": "A fresh process for each event, from before exec to the first answer. A Lambda-like"
    " loop imports what AWS's runtime client imports. Calls go over TLS, where openssl is there to"
    " make a certificate, to a stub in another process that answers at once. The product has its"
    " layer and functions compiled with unchecked hashes; the textbook is as sam build leaves it,"
    " without byte-code.",
    "warm": "CPU time of the process around the handler, plain HTTP to the stub; chunks of all"
    " series in turn. Figures are for each message.",
    "storms": "CPU time of one worker process; chunks of both solutions in turn. The product's"
    " batches are the template's, the textbook's hold 10. The textbook takes one refund at a time,"
    " so a share of the jobs is enough for its figure.",
    "contention": "Several worker processes on one random storm; each call of the stub takes"
    " 20 ms.",
    "growth": "As warm; an account of each kind, all kinds in turn, compared round by round.",
    "instructions": "valgrind's callgrind: a run with one event, and the difference to one with"
    " three. A storm's batch holds 250 there.",
    "units": "Counted by the stub by DynamoDB's published rules; `truth` compares with MiniStack.",
    "tracing": "The textbook's tracer is on; its requests are not sampled.",
    "ratios": "Times, CPU and refunds a core second: the product's median over the textbook's."
    " Calls, write units and memory: the product's own figure. Growth: the longest history over"
    " none, the worst of CPU, calls and units.",
}
