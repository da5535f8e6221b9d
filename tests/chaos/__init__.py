"""What must never happen, provoked. Run by `make chaos`, not in CI: it takes minutes."""
