"""A basket of goods."""


def total(prices: list[int], discount: int = 0) -> int:
    """What has to be paid."""
    if discount > sum(prices):
        raise ValueError("discount")
    return sum(prices) - discount
