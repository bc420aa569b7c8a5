"""What a customer reads when money moves at Paddle (clauses 6 and 7)."""

from makegood.policy.published import ClauseWords, MoneyMove

MONEY_MOVES = {
    MoneyMove.PAID_BACK: ClauseWords(
        "6", "{money} were paid back to you, and {credits} credits went back with them."
    ),
    MoneyMove.NOT_PAID_BACK: ClauseWords(
        "6",
        "Paddle did not pay {money} back. The credits can be used again, and a person looks at"
        " what else can be done.",
    ),
    MoneyMove.REFUNDED: ClauseWords(
        "7", "Paddle paid {money} back to you, and {credits} credits went back with them."
    ),
    MoneyMove.REFUND_ASKED: ClauseWords(
        "7", "Paddle was asked to pay {money} back to you and has not decided about it yet."
    ),
    MoneyMove.REFUND_REFUSED: ClauseWords(
        "7", "Paddle was asked to pay {money} back and did not do so. Your credits stay."
    ),
    MoneyMove.CHARGED_BACK: ClauseWords(
        "7", "Your bank took {money} back, and {credits} credits went back with them."
    ),
    MoneyMove.WARNED: ClauseWords(
        "7",
        "Your bank announced a dispute, so Paddle paid {money} back, and {credits} credits went"
        " back with them.",
    ),
    MoneyMove.RETURNED: ClauseWords(
        "7", "The payment of {money} stands after all, so {credits} credits are yours again."
    ),
    MoneyMove.TAX_REFUNDED: ClauseWords(
        "7", "Paddle paid {money} of tax back to you. Your credits stay as they are."
    ),
    MoneyMove.CREDITED: ClauseWords(
        "7", "Paddle changed what you have there by {money}. Your credits stay as they are."
    ),
}
"""`{money}` and `{credits}` stand for the amount and the number."""
