"""What Paddle is and does, without sockets, clock or chance: same calls, same answers."""
