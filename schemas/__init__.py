"""The wire, described once: requests and responses as marshmallow schemas.

Credits travel as decimal text ("1.5"), never as JSON numbers; unknown fields are refused.
"""
