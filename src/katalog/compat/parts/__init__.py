"""The parts of the contract, one a file: what is asked of the server, and which line each answer is held to."""
