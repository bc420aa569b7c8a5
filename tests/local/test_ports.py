import socket

from local import ports


def test_the_usual_ports_are_taken_where_they_are_free() -> None:
    assert ports.choose(None, lambda _: True, lambda: 1) == ports.DEFAULTS


def test_a_port_of_last_time_wins_over_the_usual_one() -> None:
    assert ports.choose({"api": 7000}, lambda _: True, lambda: 1)["api"] == 7000


def test_a_port_that_somebody_has_is_left_to_them() -> None:
    taken = ports.DEFAULTS["api"]

    chosen = ports.choose(None, lambda port: port != taken, lambda: 5)

    assert chosen == {**ports.DEFAULTS, "api": 5}


def test_a_port_with_a_listener_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert not ports.is_free(listener.getsockname()[1])
    assert ports.is_free(ports.any_free())
