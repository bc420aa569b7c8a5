"""What the clauses of the published policy say, in short. No function that decides loads this."""

CLAUSES = {
    "1": "Bought credits are not refundable, except as in 2. They never expire.",
    "2(a)": "A failed generation's credits come back automatically, within 24 hours.",
    "2(b)": "Charged several times for the same credits: the later payment is paid back.",
    "2(c)": "A purchase without its owner's authorisation: looked at by a person at once.",
    "2(d)": "The service was completely unavailable for more than 72 hours in a row after the"
    " purchase: what is unused of it is paid back.",
    "3(a)": "Used credits are not refundable.",
    "3(b)": "Credits left in an account that its owner closes are not refundable.",
    "3(c)": "Not liking content, style or quality is no reason.",
    "3(d)": "Not using credits for some time is no reason.",
    "4": "Failures are detected automatically, and the history shows the refund.",
    "5": "Other requests are reviewed within 5 business days.",
    "6": "Approved money is paid by Paddle, credits at once.",
    "7": "Buyers may go to Paddle directly.",
    "8": "The policy may change; a change takes effect when it is posted.",
    "9": "Every answer has its reason, and a person can be asked.",
}
