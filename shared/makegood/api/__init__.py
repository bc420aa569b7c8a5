"""The HTTP API: the only part that knows routes, status codes and the shapes of answers."""
