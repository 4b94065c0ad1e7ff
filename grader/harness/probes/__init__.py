"""Techniques that checks call: each tries one kind of thing and says what it saw."""
