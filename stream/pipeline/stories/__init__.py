"""Stories: which documents tell the same in the same words."""
