"""Rotations of keys: plan, begin, drive on, steer."""
