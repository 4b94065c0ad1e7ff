"""`grader compare`: a cohort's reports of one challenge, side by side.

    paths → read (what is needed) → cohort (one report a submission) → build → Comparison → page, sheet, JSON, terminal

A `Comparison` holds all that the renderings show. What `--blind` takes away is taken away there, so no rendering can
let it through.
"""
