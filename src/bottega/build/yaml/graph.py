"""Jobs that wait for others: what they wait for has to exist, and nobody may wait for himself in the end."""

from collections.abc import Mapping, Sequence


def cycle(depends_on: Mapping[str, Sequence[str]]) -> list[str]:
    """The names of a cycle, the first one again at its end; empty when there is none.

    Names that are no keys are passed over.
    """
    done: set[str] = set()
    for start in depends_on:
        path: list[str] = []
        on_path: set[str] = set()
        waiting = [(start, iter(depends_on[start]))]
        if start not in done:
            path.append(start)
            on_path.add(start)
        while waiting and path:
            name, others = waiting[-1]
            other = next(others, None)
            if other is None:
                waiting.pop()
                path.pop()
                on_path.discard(name)
                done.add(name)
            elif other in on_path:
                return [*path[path.index(other) :], other]
            elif other in depends_on and other not in done:
                path.append(other)
                on_path.add(other)
                waiting.append((other, iter(depends_on[other])))
    return []


def in_order(depends_on: Mapping[str, Sequence[str]]) -> list[str]:
    """The names so that each comes after all it waits for, otherwise in their own order. There must be no cycle."""
    left = {name: {one for one in others if one in depends_on} for name, others in depends_on.items()}
    found: list[str] = []
    while left:
        ready = [name for name, others in left.items() if not others]
        if not ready:
            raise ValueError("there is a cycle")
        found.append(ready[0])
        del left[ready[0]]
        for others in left.values():
            others.discard(ready[0])
    return found
