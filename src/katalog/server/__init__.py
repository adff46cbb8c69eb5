"""HTTP on sockets: uvicorn, with what is ready given at once."""
