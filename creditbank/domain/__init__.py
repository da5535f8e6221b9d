"""The words of the field: enums, frozen dataclasses, state machines. Standard library only."""
