"""``python -m bottega.demo.serving``: ``bottega serve`` that ends with the demonstration, even when that is killed."""

import sys

from bottega.agent.lifetime import end_with_parent_process

if __name__ == "__main__":
    end_with_parent_process()
    from bottega.cli import main

    main(["serve", *sys.argv[1:]])
