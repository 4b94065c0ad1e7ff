"""What explains but never decides: evidence from the candidate's side, and readings of its source."""
