"""The synthetic county that a first start is filled with. Nothing in production imports it."""

from creditbank.demo.county import CountySummary, county_is_empty, seed_county
from creditbank.demo.logins import DEMO_LOGINS, DemoLogin

__all__ = ["DEMO_LOGINS", "CountySummary", "DemoLogin", "county_is_empty", "seed_county"]
