"""学籍 rules, pure: (change, life, policy, calendar) -> what stands in its way. See rules.refusals.

Each rule has an id of the field (TR1, TM2 …), a policy value that puts it in force from a day on,
with its reference, and a message for the reader. Nothing here writes or reads a clock.
"""
