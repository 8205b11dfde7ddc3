"""The web's API for programs (ADR 0027): what the command line does, as addresses and JSON."""
