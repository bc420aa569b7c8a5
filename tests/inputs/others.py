"""Rows that are not one request and one answer, each with the test that shows it."""

from tests.inputs.rows import Row

_GATEWAY = "tests.inputs.test_gateway"
_REQUESTS = "tests.inputs.test_several_requests"
_OUTSIDE = "tests.inputs.test_outside"
_SHOWN = "tests.inputs.test_shown"
_STACK = "tests.local.test_stack_wire"
_REFUSED = "not called: address_refused"
_NO_SURFACE = "there is none: every answer is JSON"

_TABLE: tuple[tuple[str, str, str, str], ...] = (
    ("W62", "OPTIONS on the route", "no method and no origin is named",
     f"{_GATEWAY}.test_no_other_site_is_let_in"),
    ("W65", "chunks", "200: they are put together", f"{_STACK}.test_chunks_are_put_together"),
    ("W65", "Expect: 100-continue", "100, then 200", f"{_STACK}.test_chunks_are_put_together"),
    ("W65", "more than 10 KB of headers", "401 by the function, or a 4xx before",
     f"{_STACK}.test_headers_of_any_length_do_no_harm"),
    ("A10", "another account's case, in as many calls as none",
     "404, the same for both", f"{_REQUESTS}.test_a_strangers_case_takes_no_other_path_than_none"),
    ("A18", "one key 20 times at once", "201 once, 200 for the others",
     f"{_REQUESTS}.test_one_key_at_once_is_one_thing"),
    ("A36", "another origin asks first", "nothing lets it go on",
     f"{_GATEWAY}.test_no_other_site_is_let_in"),
    ("A40", "two lines in a header", "no header of the answer has them",
     f"{_REQUESTS}.test_no_header_is_sent_back"),
    ("A41", "1,000 requests a second", "429 by the gateway: its routes are throttled",
     f"{_GATEWAY}.test_a_thousand_requests_a_second_are_too_many"),
    ("X01", "the address of the instance, in four spellings", _REFUSED,
     f"{_OUTSIDE}.test_x01_the_address_of_the_instance_is_not_called"),
    ("X01", "the same as a probe", "counted, and no outage",
     f"{_OUTSIDE}.test_a_probe_that_may_not_be_called_is_no_outage"),
    ("X02", "127.0.0.1 as a number", _REFUSED,
     f"{_OUTSIDE}.test_x02_other_spellings_of_an_address_are_looked_at_once_resolved"),
    ("X03", "the runtime's own address", _REFUSED,
     f"{_OUTSIDE}.test_x03_the_runtime_of_the_function_is_not_called"),
    ("X04", "file, gopher, ftp", "not called: url_refused",
     f"{_OUTSIDE}.test_x04_only_the_web_is_called"),
    ("X05", "two readings of one address", "not called: url_refused",
     f"{_OUTSIDE}.test_x05_an_address_that_can_be_read_in_two_ways_is_none"),
    ("X05", "the same in the settings", "the settings before stay in force",
     f"{_OUTSIDE}.test_settings_that_name_such_an_address_are_refused_whole"),
    ("X06", "a redirect to the inside", "an answer, not followed",
     f"{_OUTSIDE}.test_x06_a_redirect_is_an_answer_and_is_not_followed"),
    ("X07", "a name with two answers in turn", "resolved once, and that is called",
     f"{_OUTSIDE}.test_x07_a_name_is_resolved_once_and_what_it_was_is_called"),
    ("X07", "a private address among public ones", _REFUSED,
     f"{_OUTSIDE}.test_x07_one_private_address_among_public_ones_refuses_the_name"),
    ("X08", "other ports", "not called: port_refused",
     f"{_OUTSIDE}.test_x08_the_public_is_called_at_443_only"),
    ("X08", "without TLS", "not called: scheme_refused",
     f"{_OUTSIDE}.test_x08_without_tls_only_what_is_private_is_called"),
    ("X09", "10 GB, a body, headers without end", "cut off: too_large, broken_answer",
     f"{_OUTSIDE}.test_x09_what_does_not_end_is_cut_off"),
    ("X09", "a bomb in gzip", "stays compressed",
     f"{_OUTSIDE}.test_x09_what_is_compressed_stays_so"),
    ("X10", "a certificate of another host, or of yesterday", "not called: tls_failed",
     f"{_OUTSIDE}.test_x10_a_certificate_of_another_host_or_of_yesterday_is_not"),
    ("X10", "a certificate of nobody known", "not called: tls_failed",
     f"{_OUTSIDE}.test_x10_nor_is_one_that_nobody_known_has_signed"),
    ("X11", "formulas in an export as CSV", _NO_SURFACE,
     f"{_SHOWN}.test_x11_x15_x16_nothing_writes_a_page_or_a_table"),
    ("X12", "a line of a log inside a text", "stays inside its text",
     f"{_SHOWN}.test_x12_no_line_of_a_log_can_be_made_up"),
    ("X13", "an address, a card, a token in texts", "in no log, in no reason",
     f"{_SHOWN}.test_x13_no_address_card_or_token_is_in_a_log_or_a_reason"),
    ("X13", "a card in custom_data", "left out of the queue",
     f"{_SHOWN}.test_x13_what_is_called_a_card_goes_no_further_than_the_webhook"),
    ("X14", "escapes in what is stored", "shown as text",
     f"{_SHOWN}.test_x14_nothing_that_is_stored_commands_a_terminal"),
    ("X14", "escapes on the command line", "shown as text",
     f"{_SHOWN}.test_x14_nor_does_a_word_of_the_command_line"),
    ("X15", "markup opened in a page", _NO_SURFACE,
     f"{_SHOWN}.test_x11_x15_markup_and_formulas_come_back_as_the_text_they_are"),
    ("X16", "a page in a frame", _NO_SURFACE,
     f"{_SHOWN}.test_x11_x15_x16_every_answer_that_is_described_is_json"),
    ("X17", "an override in an id or an address", "refused at each door",
     f"{_SHOWN}.test_x17_no_id_and_no_address_turns_the_direction_of_a_line"),
)  # fmt: skip

ROWS = [
    Row(number=number, what=what, answer=answer, shown_by=shown_by)
    for number, what, answer, shown_by in _TABLE
]
