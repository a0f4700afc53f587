"""What an operator can turn: read once from file, environment and mounted secrets."""
