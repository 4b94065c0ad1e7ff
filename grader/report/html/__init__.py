"""`report.html`: the report as a page of its own, for people.

    Report → view (plain data: chosen, ordered, bounded, made visible) → templates/ (escaped) → one file

The modules make views and know no markup; the templates hold all of that and decide nothing. The page needs no network
and has no way to it: its policy (CSP) allows one style and one script, both by their hash.
"""
