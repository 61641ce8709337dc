"""Reading what YAML builds execute: from the files of the very commit that is built."""
