"""The numbers of the product. Settings exist only where an operator should choose."""

from datetime import timedelta

NAME_MAX = 64
"""Characters of a key's name."""
DESCRIPTION_MAX = 256
"""Characters of a key's description."""
EMAIL_MAX = 254
"""Characters of an email address (RFC 5321)."""
REASON_MAX = 500
"""Characters of a reason or of a text that a client reads."""
SUBMISSION_MAX = 64
"""Characters of the token that names one rendering of a form."""
DEFAULT_KEY_LIMIT = 10
"""Active keys a tenant may have unless its limit says otherwise."""
EXPIRY_CHOICES_DAYS = (30, 90, 365)
"""Expirations that the create page offers, in days from now."""
EXPIRY_HOUR = 10
"""Offered expirations fall at this hour of a weekday, in the person's time zone."""
EXPIRATION_MAX = timedelta(days=36_525)
"""How far ahead an expiration may lie: 100 years. Programs that mean never often send year 9999."""
EXPIRING_SOON = timedelta(days=30)
"""A key that expires within this time is flagged."""
JUST_EXPIRED = timedelta(days=7)
"""A key announces its expiry above the list for this long."""
UNUSED_AFTER = timedelta(days=90)
"""A key without a request for this long is flagged."""
RECENT_USE = timedelta(hours=24)
"""Deleting a key used within this time warns."""
IN_USE_NOW = timedelta(hours=1)
"""A key used within this time counts as in use where all keys of a tenant are stopped."""
KEYS_PER_PAGE = 50
"""Rows of the key list on one page."""
IDEMPOTENCY_WINDOW = timedelta(hours=24)
"""A request repeated with the same Idempotency-Key within this time hears the same answer."""
IDEMPOTENCY_KEY_MAX = 255
"""Characters between the quotes of an Idempotency-Key."""
