"""The vault process: one person's unlocked keyring, in memory, for a while."""
