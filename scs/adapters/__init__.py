"""The world behind the contracts: engine, disk, clock, lock."""
