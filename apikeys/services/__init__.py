"""The verbs that change keys and API access, and the questions beside them."""
