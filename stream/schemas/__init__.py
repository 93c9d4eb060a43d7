"""JSON Schemas of what others read and write, committed for them; each is made from the code, and a test compares."""
