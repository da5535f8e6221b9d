"""The engine against an integer program and a checker that share no code with it."""
