"""`grader similar`: which submissions of a cohort look alike, and where. Advice for people, never part of a score.

    paths → entries (what is a submission) → read (through intake) → tokens → prints (winnowing; without what the
    challenge gives or most have) → pairs (who shares how many) → passages → Similarity → page, JSON, terminal

A `Similarity` holds all that the renderings show. What `--blind` takes away is taken away there. docs/similar.md says
what the figures rest on.
"""
