"""Agent pools as people see and change them."""
