"""Loads a candidate's application once more, in process, and names the lines that block its event loop.

It runs in a place of the candidate's, with the standard library and the runner image's packages, and nothing else of
the grader: `grader.insight.trace` sends these modules as one text. Two tools look on. blockbuster is called wherever a
blocking function is called while a loop runs; here it only takes notes and lets the call go on, so that later ones show
too, and so that no `except` of the application hides one. What computes instead is seen by a thread that samples the
loop's stack, where asyncio's debug mode says that a callback was slow.
"""
