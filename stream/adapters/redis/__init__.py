"""Redis or Valkey: windows, stories and proofs. What must happen in one step is a Lua script in ``lua/``."""
