"""What is shipped to run the gateway and to watch it."""
