"""The web: a program for the desk on the open side, one for the room on the vault's (ADR 0024)."""
