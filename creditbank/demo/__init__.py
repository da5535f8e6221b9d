"""The synthetic county that a first start is filled with. Nothing in production imports it.

`county.seed_county` writes it, `logins.DEMO_LOGINS` is who signs in there.
"""
