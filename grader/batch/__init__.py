"""A cohort: many submissions graded side by side, on this machine or on many.

    entries, manifest → Job → Runner (local, or remote) → Performer → grader.grade → JobFolder → summary

Everything that is known of a batch stands in its folder, so whatever kills it, it can go on from there.
"""
