"""What is shipped to run the gateway, held to what the gateway is."""
