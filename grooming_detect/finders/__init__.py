"""Finders: each is shown one new message with the conversation so far, never what comes after it."""
