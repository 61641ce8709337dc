"""Which test proves which operation: recorded while the tests run, written to docs/reference/operations.md."""
