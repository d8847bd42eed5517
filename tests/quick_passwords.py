"""Argon2id at its cheapest, for the tests' own people.

A real hash takes a fifth of a second and a test needs several. The parameters are part of the
stored hash, so a served portal with the real hasher can verify these too. That production uses
the real one is tested in tests/accounts/test_passwords.py.
"""

from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts.password_hasher import CalmArgon2


class QuickArgon2(Argon2PasswordHasher):
    """58 µs a password."""

    time_cost = 1
    memory_cost = 8  # KiB
    parallelism = 1


class QuickCalmArgon2(CalmArgon2):
    """The same at production's pace: one after the other, and few at once."""

    time_cost = QuickArgon2.time_cost
    memory_cost = QuickArgon2.memory_cost
    parallelism = QuickArgon2.parallelism
