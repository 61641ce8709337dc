from tests.agent.runner.conftest import attempts

__all__ = ["attempts"]
