"""From the table's stream to the world outside: reads what was committed, sends what follows."""
