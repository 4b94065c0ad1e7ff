"""Packs: what a challenge is made of, and how its verdicts become a score."""
