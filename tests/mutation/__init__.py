"""Whether the tests of the engine notice when the engine is changed: see docs/mutation.md."""
